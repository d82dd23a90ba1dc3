using static TorchSharp.torch;

namespace Bayes.Layers.Posteriors;

/// <summary>The independent N(0, 1) numbers of a draw of weights.</summary>
/// <param name="Parameter">The posterior's parameter that names the numbers. Each kind of noise of a posterior has its own.</param>
/// <param name="Shape">The shape of the numbers for one draw.</param>
public readonly record struct PosteriorNoise(Tensor Parameter, long[] Shape)
{
    /// <summary>
    /// Gets the name under which the posteriors of several tensors share the numbers, so that their weights depend on each other; null by default,
    /// if the numbers are for one tensor.
    /// </summary>
    public string? SharedName { get; init; }
}
