using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>How a layer's posterior starts, and of which family it is. Immutable: one initializer may serve many layers.</summary>
public abstract class PosteriorInitializer
{
    /// <summary>Gets the family of the posterior: independent normal weights by default, or for example <c>new LowRankFamily(rank: 2)</c>.</summary>
    public PosteriorFamily Family { get; init; } = PosteriorFamily.MeanField;

    /// <summary>Gives the first values of mu and log sigma² of one parameter.</summary>
    /// <param name="shape">
    /// The parameter's shape, PyTorch's layout: <c>[out, in, …]</c> for a weight, <c>[out]</c> for a bias. A weight of one axis comes as <c>[out,
    /// 1]</c>.
    /// </param>
    /// <param name="fanIn">How many inputs meet in one output; at least 1. For a bias, that of its weight.</param>
    /// <param name="noise">Where random numbers come from.</param>
    /// <param name="dtype">The element type.</param>
    /// <returns>Two new tensors of the given shape on the CPU.</returns>
    public abstract (Tensor Mean, Tensor LogVariance) Initialize(long[] shape, long fanIn, NoiseSource noise, ScalarType dtype);
}
