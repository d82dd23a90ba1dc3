using System.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// A likelihood whose negative log-probability, with its gradient in the output, managed code computes: for training steps that are so small that
/// the overhead of a call into libtorch dominates.
/// </summary>
internal interface IOutputGradient
{
    /// <summary>Determines whether managed code takes a target: it fits the output and is within the support, so nothing has to be refused.</summary>
    /// <param name="target">The target.</param>
    /// <param name="rows">B, the rows of the output.</param>
    /// <param name="width">The count of numbers in a row of the output <c>[B, width]</c>.</param>
    /// <param name="dtype">The output's element type, single or double precision; it is on the CPU.</param>
    bool Takes(Tensor target, int rows, int width, ScalarType dtype);

    /// <summary>Computes −log p(y | f), summed over all rows, and its gradient in f.</summary>
    /// <param name="output">f, <c>[B, width]</c>.</param>
    /// <param name="width">The count of numbers in a row.</param>
    /// <param name="target">A target that it <see cref="Takes"/>.</param>
    /// <param name="gradient">Receives the gradient, <c>[B, width]</c>.</param>
    double NegativeLogProbability<T>(ReadOnlySpan<T> output, int width, Tensor target, Span<T> gradient)
        where T : unmanaged, IFloatingPointIeee754<T>;
}
