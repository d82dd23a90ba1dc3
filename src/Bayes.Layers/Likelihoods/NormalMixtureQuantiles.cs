using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>Computes quantiles of mixtures of normal distributions.</summary>
internal static class NormalMixtureQuantiles
{
    /// <summary>Returns quantiles, <c>[Q, B, …]</c>, in double precision; null if the components are not on a CPU.</summary>
    /// <param name="means">The means, <c>[S, B, …]</c>, in double precision.</param>
    /// <param name="stddevs">The standard deviations, of the same shape.</param>
    /// <param name="levels">Above 0 and below 1.</param>
    public static Tensor? TryOf(Tensor means, Tensor stddevs, IReadOnlyList<double> levels)
    {
        double[] standard = [.. levels.Select(StandardNormal.Quantile)];
        return DrawColumns.TryCompute([means, stddevs], standard.Length, () =>
        {
            var mixture = new NormalMixture((int)means.shape[0]);
            return (columns, quantiles) =>
            {
                mixture.Set(columns[0], columns[1]);
                for (int i = 0; i < quantiles.Length; i++)
                    quantiles[i] = mixture.Quantile(levels[i], standard[i]);
            };
        });
    }
}
