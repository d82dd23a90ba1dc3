using System.Numerics;

namespace Bayes.Layers.Priors;

/// <summary>
/// A prior whose KL divergence is a sum of the same term for each weight, which managed code computes block by block: training and
/// <see cref="Prior.KlDivergence(Posteriors.MeanFieldNormal)"/> then read the numbers once, on the CPU in single and double precision.
/// </summary>
internal interface IBlockKl : IKlGradient
{
    /// <summary>Computes KL(q ‖ p) of one block of <see cref="Kernels.Blocks"/>.</summary>
    /// <param name="mean">mu.</param>
    /// <param name="logVariance">log sigma², of the same length.</param>
    /// <returns>The sum, in nats.</returns>
    double Divergence<T>(ReadOnlySpan<T> mean, ReadOnlySpan<T> logVariance) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>Computes KL(q ‖ p) of one block, and adds <paramref name="weight"/> times its gradient to two gradients.</summary>
    /// <param name="mean">mu.</param>
    /// <param name="logVariance">log sigma², of the same length.</param>
    /// <param name="variance">sigma², computed already.</param>
    /// <param name="meanGradient">The gradient in mu.</param>
    /// <param name="logVarianceGradient">The gradient in log_var.</param>
    /// <param name="weight">What the KL divergence is multiplied with in the loss.</param>
    /// <returns>The sum, in nats, unweighted.</returns>
    double AddGradient<T>(
        ReadOnlySpan<T> mean, ReadOnlySpan<T> logVariance, ReadOnlySpan<T> variance, Span<T> meanGradient, Span<T> logVarianceGradient, double weight)
        where T : unmanaged, IFloatingPointIeee754<T>;
}
