using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Samples.Regression;

/// <summary>The activations of the hidden units, by name.</summary>
internal static class Activations
{
    /// <summary>The name of <see cref="GaussianUnits"/>.</summary>
    public const string Gaussian = "gaussian";

    private const string HyperbolicTangent = "tanh";

    private const string Rectifier = "relu";

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Gaussian, HyperbolicTangent, Rectifier];

    /// <summary>Returns a new module for a name.</summary>
    public static Module<Tensor, Tensor> Of(string name) => name switch
    {
        Gaussian => new GaussianUnits(),
        HyperbolicTangent => Tanh(),
        Rectifier => ReLU(),
        _ => throw new ArgumentException($"The activation is '{name}'; expected one of {string.Join(", ", Names)}.", nameof(name)),
    };
}
