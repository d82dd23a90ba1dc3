using System.Numerics;

namespace Bayes.Layers.Priors;

/// <summary>
/// A prior whose KL divergence is a sum of the same term for each weight, computed by managed code block by block: on the CPU in single and double
/// precision, training and <see cref="Prior.KlDivergence(Posteriors.MeanFieldNormal)"/> then read the numbers once.
/// </summary>
internal interface IBlockKl : IKlGradient
{
    /// <summary>Computes KL(q ‖ p) of one block of <see cref="Kernels.Blocks"/>.</summary>
    /// <param name="mean">mu.</param>
    /// <param name="logVariance">log sigma², of the same length.</param>
    /// <returns>The sum, in nats.</returns>
    double Divergence<T>(ReadOnlySpan<T> mean, ReadOnlySpan<T> logVariance) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>Computes KL(q ‖ p) of one block, and adds <paramref name="weight"/> times its gradients.</summary>
    /// <param name="mean">mu.</param>
    /// <param name="logVariance">log sigma², of the same length.</param>
    /// <param name="variance">sigma².</param>
    /// <param name="meanGradient">The gradient with respect to mu.</param>
    /// <param name="logVarianceGradient">The gradient with respect to log_var.</param>
    /// <param name="weight">The factor of the KL divergence in the loss.</param>
    /// <returns>The sum, in nats, unweighted.</returns>
    double AddGradient<T>(
        ReadOnlySpan<T> mean, ReadOnlySpan<T> logVariance, ReadOnlySpan<T> variance, Span<T> meanGradient, Span<T> logVarianceGradient, double weight)
        where T : unmanaged, IFloatingPointIeee754<T>;
}
