using System.Numerics;
using Bayes.Layers.Kernels;

namespace Bayes.Layers.Priors;

/// <summary>The loop of the KL divergence to a normal distribution that is the same for all weights.</summary>
internal static class NormalKl
{
    /// <summary>Adds weight times ∂KL/∂mu = (mu − m) / p² and ∂KL/∂log_var = ½ (sigma² / p² − 1).</summary>
    /// <param name="block">The weights.</param>
    /// <param name="mean">m.</param>
    /// <param name="precision">1 / p².</param>
    /// <param name="weight">The factor of the KL divergence in the loss.</param>
    /// <returns>Σ (sigma² + (mu − m)²) / p² − log_var.</returns>
    public static double AddGradient<T>(KlBlock<T> block, double mean, double precision, double weight) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T centre = T.CreateTruncating(mean), ownPrecision = T.CreateTruncating(precision), rest = T.Zero;
        T perPrecision = T.CreateTruncating(weight * precision), halfPerPrecision = T.CreateTruncating(0.5 * weight * precision);
        T half = T.CreateTruncating(0.5 * weight);
        ReadOnlySpan<T> blockMeans = block.Mean, blockLogVariances = block.LogVariance, blockVariances = block.Variance;
        Span<T> meanGradient = block.MeanGradient, logVarianceGradient = block.LogVarianceGradient;
        ReadOnlySpan<Vector<T>> means = Vectors.Of(blockMeans), logVariances = Vectors.Of(blockLogVariances), variances = Vectors.Of(blockVariances);
        Span<Vector<T>> meanGradients = Vectors.Of(meanGradient), logVarianceGradients = Vectors.Of(logVarianceGradient);
        Vector<T> centres = new(centre), precisions = new(ownPrecision), perPrecisions = new(perPrecision), halves = new(half);
        Vector<T> halfPerPrecisions = new(halfPerPrecision), sum = default;
        for (int i = 0; i < means.Length; i++)
        {
            Vector<T> centred = means[i] - centres, own = variances[i];
            sum += (own + centred * centred) * precisions - logVariances[i];
            meanGradients[i] += centred * perPrecisions;
            logVarianceGradients[i] += own * halfPerPrecisions - halves;
        }
        for (int i = means.Length * Vector<T>.Count; i < blockMeans.Length; i++)
        {
            T centred = blockMeans[i] - centre, own = blockVariances[i];
            rest += (own + centred * centred) * ownPrecision - blockLogVariances[i];
            meanGradient[i] += centred * perPrecision;
            logVarianceGradient[i] += own * halfPerPrecision - half;
        }
        return double.CreateTruncating(Vector.Sum(sum) + rest);
    }
}
