using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Samples.Regression;

/// <summary>What the hidden units may do with their input.</summary>
internal static class Activations
{
    /// <summary>The name of <see cref="GaussianUnits"/>.</summary>
    public const string Gaussian = "gaussian";

    private const string HyperbolicTangent = "tanh";

    private const string Rectifier = "relu";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Gaussian, HyperbolicTangent, Rectifier];

    /// <summary>A new module.</summary>
    public static Module<Tensor, Tensor> Of(string name) => name switch
    {
        Gaussian => new GaussianUnits(),
        HyperbolicTangent => Tanh(),
        Rectifier => ReLU(),
        _ => throw new ArgumentException($"The activation is '{name}'; expected one of {string.Join(", ", Names)}.", nameof(name)),
    };
}
