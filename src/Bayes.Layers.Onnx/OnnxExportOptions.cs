namespace Bayes.Layers.Onnx;

/// <summary>Options of <see cref="OnnxExport"/>. Immutable; change a copy by <c>with</c>.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>Gets what the graph computes; <see cref="OnnxProduct.Draws"/> by default.</summary>
    public OnnxProduct Product { get; init; }

    /// <summary>
    /// Gets S, the number of draws; at least 1. If null, the number that represents the functions exactly, as M does for an ensemble of M networks
    /// (<see cref="FunctionDistribution.ExactSamples"/>), and otherwise 100. Only of <see cref="OnnxProduct.Draws"/>.
    /// </summary>
    public int? Draws { get; init; }

    /// <summary>
    /// Gets the seed of the draws, any number; 0 by default. Draw k of a seed is the same function as in a <see cref="MonteCarloPredictive"/> of that
    /// seed.
    /// </summary>
    public long Seed { get; init; }

    /// <summary>Gets the number of the first draw; at least 0, and 0 by default.</summary>
    public int FirstDraw { get; init; }

    /// <summary>
    /// Gets the levels of the quantiles that the graph returns, each above 0 and below 1; 0.05, 0.5 and 0.95 by default, and none if empty.
    /// </summary>
    public IReadOnlyList<double> QuantileLevels { get; init; } = [0.05, 0.5, 0.95];

    /// <summary>
    /// Gets the names of the outputs to keep (<see cref="OnnxOutputs"/>), in their order. If null, the graph keeps all outputs;
    /// <see cref="OnnxProduct.Draws"/> leaves out <see cref="OnnxOutputs.Output"/>. A graph computes only what its outputs need.
    /// </summary>
    public IReadOnlyList<string>? Outputs { get; init; }

    /// <summary>
    /// Gets the shape of one row of the input, without the batch: at least 1 for each axis, or −1 for a size that may be any. If null, the first
    /// module decides: <c>[features]</c> for a linear layer, <c>[channels, −1, −1]</c> for a convolution of images, <c>[−1]</c> for indices,
    /// <c>[−1, features]</c> for sequences. For modules that take the sequence first, it has the steps in place of the batch.
    /// </summary>
    public IReadOnlyList<long>? InputShape { get; init; }

    /// <summary>Gets the name of the graph's input; <c>input</c> by default.</summary>
    public string InputName { get; init; } = "input";
}
