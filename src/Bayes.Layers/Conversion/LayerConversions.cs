using Bayes.Layers.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Finds the conversion of a module, among the given ones first and then among the library's.</summary>
internal sealed class LayerConversions(IEnumerable<LayerConversion> given)
{
    private readonly LayerConversion[] _all = [.. given, .. Own];

    /// <summary>Gets the library's conversions. A list, not reflection, since trimming would remove types that nothing names.</summary>
    internal static IReadOnlyList<LayerConversion> Own { get; } =
    [
        new LinearConversion(),
        new Conv1dConversion(), new Conv2dConversion(), new Conv3dConversion(),
        new ConvTranspose1dConversion(), new ConvTranspose2dConversion(), new ConvTranspose3dConversion(),
        new EmbeddingConversion(),
        new TorchEncoderLayerConversion(), new EncoderLayerConversion(), new AttentionConversion(), new PositionalEmbeddingConversion(),
        new SequentialConversion(),
        new DropoutConversion<Dropout>(plain => plain.p, p => nn.Dropout(p), channelAxis: null),
        new DropoutConversion<Dropout2d>(plain => plain.p, p => nn.Dropout2d(p), channelAxis: 1),
        new DropoutConversion<Dropout1d>(plain => plain.p, p => nn.Dropout1d(p), channelAxis: 1),
        new DropoutConversion<Dropout3d>(plain => plain.p, p => nn.Dropout3d(p), channelAxis: 1),
    ];

    /// <summary>Gets the names of the plain types, for messages.</summary>
    public string PlainNames => string.Join(", ", _all.Where(each => !each.IsDropout && !IsOurs(each.PlainType)).Select(each => each.PlainType.Name));

    // Those that ToDeterministic makes, which nobody else can.
    private static bool IsOurs(Type plain) => plain.Assembly == typeof(LayerConversions).Assembly;

    /// <summary>Returns the conversion of a plain module, or null.</summary>
    public LayerConversion? OfPlain(nn.Module plain) => Array.Find(_all, each => each.PlainType == plain.GetType());

    /// <summary>Returns the row of a network's parameter that is always 0, as that of an embedding's <c>padding_idx</c> is, or null.</summary>
    public long? FixedRowOf(NetworkParameter parameter) =>
        parameter is { OwnName: "weight", Owner: nn.Module<Tensor, Tensor> layer } ? OfPlain(layer)?.FindFixedRow(layer) : null;

    /// <summary>Returns the conversion of a Bayesian module, or null.</summary>
    public LayerConversion? OfBayesian(nn.Module bayesian) =>
        Array.Find(_all, each => each.BayesianType == bayesian.GetType() && each.Fits(bayesian));
}
