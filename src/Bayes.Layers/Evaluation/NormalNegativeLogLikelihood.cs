using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>The log loss of predicted normal distributions: a proper score; lower is better.</summary>
public static class NormalNegativeLogLikelihood
{
    /// <summary>
    /// Returns the mean of −log N(y; m, s²) = ½ log 2π + log s + ½ ((y − m) / s)², in nats per element. It is the logarithm of a density,
    /// so it may be below 0, and depends on the target's unit: in a unit k times smaller it is higher by log k.
    /// </summary>
    /// <param name="mean">Predicted means m, of any shape, in the target's unit.</param>
    /// <param name="stddev">Predicted standard deviations s, not variances, of the same shape, in the target's unit.</param>
    /// <param name="target">Observed values y, of the same shape.</param>
    /// <exception cref="ArgumentException">
    /// Shapes differ, there are no elements, a value is not finite, or a standard deviation is not above 0.
    /// </exception>
    public static double Of(Tensor mean, Tensor stddev, Tensor target) => Of(RegressionOutcomes.Read(mean, stddev, target));

    internal static double Of(RegressionOutcomes outcomes) => outcomes.Mean(element =>
    {
        double z = outcomes.Standardized(element);
        return StandardNormal.LogOfRootOfTwoPi + Math.Log(outcomes.Stddevs[element]) + 0.5 * z * z;
    });
}
