using System.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// A likelihood whose negative log-probability and its gradient managed code can compute, for training steps so small that the overhead of a call
/// into libtorch dominates.
/// </summary>
internal interface IOutputGradient
{
    /// <summary>Gets the count of numbers that the likelihood learns.</summary>
    int LearnedCount => 0;

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
    /// <param name="weights">A factor for each row; empty if all are 1.</param>
    /// <param name="gradient">The destination of the gradient, <c>[B, width]</c>.</param>
    /// <param name="learnedGradient">Receives the sum of what is there and the gradient of the learned numbers; empty if it is not needed.</param>
    double NegativeLogProbability<T>(
        ReadOnlySpan<T> output, int width, Tensor target, ReadOnlySpan<double> weights, Span<T> gradient, Span<double> learnedGradient)
        where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>Adds a multiple of the gradient of the learned numbers to the gradients of the parameters.</summary>
    /// <param name="learnedGradient">The gradient.</param>
    /// <param name="factor">The factor.</param>
    void AddLearnedGradient(ReadOnlySpan<double> learnedGradient, double factor)
    {
    }
}
