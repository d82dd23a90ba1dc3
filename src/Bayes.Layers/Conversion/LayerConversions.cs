namespace Bayes.Layers.Conversion;

/// <summary>Finds the conversion of a type: those given first, then the library's own, which are all classes here that can be made.</summary>
internal sealed class LayerConversions(IEnumerable<LayerConversion> given)
{
    private static readonly LayerConversion[] Own =
    [
        .. typeof(LayerConversion).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(LayerConversion)) && !type.IsAbstract)
            .OrderBy(type => type.Name, StringComparer.Ordinal)
            .Select(type => (LayerConversion)Activator.CreateInstance(type, nonPublic: true)!),
    ];

    private readonly LayerConversion[] _all = [.. given, .. Own];

    /// <summary>The conversion of a plain module; none if there is none.</summary>
    public LayerConversion? OfPlain(Type type) => Array.Find(_all, each => each.PlainType == type);

    /// <summary>The conversion of a Bayesian module; none if there is none.</summary>
    public LayerConversion? OfBayesian(Type type) => Array.Find(_all, each => each.BayesianType == type);

    /// <summary>The plain types, for a message.</summary>
    public string PlainNames => string.Join(", ", _all.Select(each => each.PlainType.Name));
}
