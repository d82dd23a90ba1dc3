using static TorchSharp.torch;

namespace Bayes.Layers.Tabular;

/// <summary>A function between the layers of a network.</summary>
/// <param name="Name">What summaries call it.</param>
/// <param name="Gain">The gain of the weights before it (He et al. 2015), which keeps the size of what passes.</param>
/// <param name="Create">Makes the module.</param>
internal sealed record MemberActivation(string Name, double Gain, Func<nn.Module<Tensor, Tensor>> Create)
{
    /// <summary>Gets max(x, 0): piecewise linear functions.</summary>
    public static MemberActivation Relu { get; } = new("ReLU", Math.Sqrt(2), () => nn.ReLU());

    /// <summary>Gets x / (1 + e^−x): smooth functions that grow without bound.</summary>
    public static MemberActivation Silu { get; } = new("SiLU", Math.Sqrt(2), () => nn.SiLU());

    /// <summary>Gets tanh: smooth functions with bounds.</summary>
    public static MemberActivation Tanh { get; } = new("tanh", 1, () => nn.Tanh());
}
