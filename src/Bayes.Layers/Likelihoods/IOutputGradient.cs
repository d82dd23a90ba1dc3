using System.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// A likelihood whose negative log-probability and its gradient in the output managed code can compute, for training steps so small that the
/// overhead of a call into libtorch dominates.
/// </summary>
internal interface IOutputGradient
{
    /// <summary>Determines whether managed code can use a target: it fits the output and lies within the support.</summary>
    /// <param name="target">The target.</param>
    /// <param name="rows">B, the rows of the output.</param>
    /// <param name="width">The length of a row of the output <c>[B, width]</c>.</param>
    /// <param name="dtype">The output's element type, single or double precision; it is on the CPU.</param>
    bool Takes(Tensor target, int rows, int width, ScalarType dtype);

    /// <summary>Returns −log p(y | f), summed over all rows, and computes its gradient in f.</summary>
    /// <param name="output">f, <c>[B, width]</c>.</param>
    /// <param name="width">The length of a row.</param>
    /// <param name="target">A target for which <see cref="Takes"/> returned true.</param>
    /// <param name="gradient">The destination of the gradient, <c>[B, width]</c>.</param>
    double NegativeLogProbability<T>(ReadOnlySpan<T> output, int width, Tensor target, Span<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T>;
}
