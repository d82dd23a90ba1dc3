namespace Bayes.Layers.Conversion;

/// <summary>Finds the conversion of a type: those given first, then the library's own.</summary>
internal sealed class LayerConversions(IEnumerable<LayerConversion> given)
{
    private readonly LayerConversion[] _all = [.. given, .. Own];

    /// <summary>Gets the library's own conversions. They are listed here, and not found by reflection, so that a trimmed program keeps them.</summary>
    internal static IReadOnlyList<LayerConversion> Own { get; } =
    [
        new LinearConversion(), new Conv1dConversion(), new Conv2dConversion(), new Conv3dConversion(), new ConvTranspose2dConversion(), new EmbeddingConversion(), new SequentialConversion(),
    ];

    /// <summary>The conversion of a plain module; none if there is none.</summary>
    public LayerConversion? OfPlain(Type type) => Array.Find(_all, each => each.PlainType == type);

    /// <summary>The conversion of a Bayesian module; none if there is none.</summary>
    public LayerConversion? OfBayesian(Type type) => Array.Find(_all, each => each.BayesianType == type);

    /// <summary>The plain types, for a message.</summary>
    public string PlainNames => string.Join(", ", _all.Select(each => each.PlainType.Name));
}
