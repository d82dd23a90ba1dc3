using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>The share of observed values inside predicted intervals, and the mean width of the intervals.</summary>
/// <param name="Share">The share of targets inside, in [0, 1]; close to the mass of the intervals if they are calibrated.</param>
/// <param name="MeanWidth">The mean of upper − lower, in the target's unit; narrower is better at equal coverage.</param>
/// <param name="Count">The number of elements.</param>
public sealed record IntervalCoverage(double Share, double MeanWidth, long Count)
{
    /// <summary>Measures given intervals; targets at an end count as inside.</summary>
    /// <param name="lower">Lower ends, of any shape, in the target's unit.</param>
    /// <param name="upper">Upper ends, of the same shape.</param>
    /// <param name="target">Observed values, of the same shape.</param>
    /// <exception cref="ArgumentException">
    /// Shapes differ, there are no elements, a value is not finite, or a lower end is above its upper end.
    /// </exception>
    public static IntervalCoverage Of(Tensor lower, Tensor upper, Tensor target)
    {
        TensorValues.RequireMatching(lower, nameof(lower), target);
        TensorValues.RequireMatching(upper, nameof(upper), target);
        double[] lowers = TensorValues.ReadFinite(lower, nameof(lower));
        double[] uppers = TensorValues.ReadFinite(upper, nameof(upper));
        double[] targets = TensorValues.ReadFinite(target, nameof(target));
        for (int element = 0; element < targets.Length; element++)
            if (lowers[element] > uppers[element])
                throw new ArgumentException(
                    $"An interval is from {lowers[element]} to {uppers[element]}; expected a lower end that is not above the upper one.",
                    nameof(lower));
        return Measure(targets, lowers, uppers);
    }

    /// <summary>Measures the central intervals m ± z s of predicted normal distributions, which contain a given share of each.</summary>
    /// <param name="mean">Predicted means m, of any shape, in the target's unit.</param>
    /// <param name="stddev">Predicted standard deviations s, not variances, of the same shape, in the target's unit.</param>
    /// <param name="target">Observed values, of the same shape.</param>
    /// <param name="mass">The share of each distribution inside its interval, in (0, 1).</param>
    /// <exception cref="ArgumentException">
    /// Shapes differ, there are no elements, a value is not finite, or a standard deviation is not above 0.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="mass"/> is not between 0 and 1.</exception>
    public static IntervalCoverage OfNormal(Tensor mean, Tensor stddev, Tensor target, double mass = 0.9)
    {
        Require.Mass(mass);
        return OfNormal(RegressionOutcomes.Read(mean, stddev, target), mass);
    }

    internal static IntervalCoverage OfNormal(RegressionOutcomes outcomes, double mass)
    {
        double z = StandardNormal.HalfWidth(mass);
        return Measure(
            outcomes.Targets,
            [.. outcomes.Means.Zip(outcomes.Stddevs, (mean, stddev) => mean - z * stddev)],
            [.. outcomes.Means.Zip(outcomes.Stddevs, (mean, stddev) => mean + z * stddev)]);
    }

    private static IntervalCoverage Measure(double[] targets, double[] lowers, double[] uppers)
    {
        long inside = 0;
        double width = 0;
        for (int element = 0; element < targets.Length; element++)
        {
            inside += lowers[element] <= targets[element] && targets[element] <= uppers[element] ? 1 : 0;
            width += uppers[element] - lowers[element];
        }
        return new IntervalCoverage((double)inside / targets.Length, width / targets.Length, targets.Length);
    }
}
