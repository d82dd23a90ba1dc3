using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>
/// The continuous ranked probability score (CRPS): the absolute error of a predicted distribution, E|X − y| − ½ E|X − X′|, where X and
/// X′ are independent draws from it (Gneiting &amp; Raftery 2007, eq. 21). A proper score in the target's unit; lower is better. Outliers affect
/// it less than the log loss.
/// </summary>
public static class ContinuousRankedProbabilityScore
{
    /// <summary>
    /// Returns the score of predicted normal distributions, in the target's unit: the mean over elements of s (z (2Φ(z) − 1) + 2φ(z) −
    /// 1/√π) with z = (y − m) / s (Gneiting &amp; Raftery 2007, section 4.2, with the sign of an error).
    /// </summary>
    /// <param name="mean">Predicted means m, of any shape, in the target's unit.</param>
    /// <param name="stddev">Predicted standard deviations s, not variances, of the same shape, in the target's unit.</param>
    /// <param name="target">Observed values y, of the same shape.</param>
    /// <exception cref="ArgumentException">
    /// Shapes differ, there are no elements, a value is not finite, or a standard deviation is not above 0.
    /// </exception>
    public static double OfNormal(Tensor mean, Tensor stddev, Tensor target) => OfNormal(RegressionOutcomes.Read(mean, stddev, target));

    /// <summary>
    /// Returns the score of draws from the predicted distributions, in the target's unit: the mean over elements of
    /// mean_i |x_i − y| − ½ mean_ij |x_i − x_j|. All S² pairs count (divisor S²): it is the score of the empirical distribution of the
    /// draws, which exceeds that of the predicted distribution by about ½ E|X − X′| / S.
    /// </summary>
    /// <param name="samples">Draws x, <c>[S, …]</c>, of the target, not of its mean: they include the noise of the likelihood.</param>
    /// <param name="target">Observed values y, <c>[…]</c>.</param>
    /// <exception cref="ArgumentException">
    /// The shape of one draw is not that of the target, there are no draws or elements, or a value is not finite.
    /// </exception>
    public static double OfSamples(Tensor samples, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(target);
        if (samples.ndim != target.ndim + 1 || !samples.shape.AsSpan(1).SequenceEqual(target.shape))
            throw new ArgumentException(
                $"The samples have shape {Shapes.Describe(samples.shape)} and the target {Shapes.Describe(target.shape)}; "
                + "expected samples [S, …] with the target's shape after the first axis.", nameof(samples));
        if (samples.numel() == 0)
            throw new ArgumentException(
                $"The samples have shape {Shapes.Describe(samples.shape)}; expected at least one draw of at least one element.", nameof(samples));

        int draws = checked((int)samples.shape[0]);
        double[] targets = TensorValues.ReadFinite(target, nameof(target));
        double[] values = DrawsOfEachElement(samples);
        double sum = 0;
        for (int element = 0; element < targets.Length; element++)
            sum += OfDraws(values.AsSpan(element * draws, draws), targets[element]);
        return sum / targets.Length;
    }

    internal static double OfNormal(RegressionOutcomes outcomes)
    {
        double[] z = [.. Enumerable.Range(0, outcomes.Count).Select(outcomes.Standardized)];
        double[] cumulative = StandardNormal.Cumulative(z);
        // s z is the residual, which stays finite even if s is so small that z is infinite.
        return outcomes.Mean(element =>
            outcomes.Residual(element) * (2 * cumulative[element] - 1)
            + outcomes.Stddevs[element] * (2 * StandardNormal.Density(z[element]) - 1 / Math.Sqrt(Math.PI)));
    }

    private static double[] DrawsOfEachElement(Tensor samples)
    {
        using var scope = NewDisposeScope();
        return TensorValues.ReadFinite(samples.detach().movedim([0L], [-1L]), nameof(samples));
    }

    /// <summary>
    /// Returns the score of one element. Sorts the draws: the k-th of S is the higher one of k − 1 pairs and the lower one of S − k.
    /// </summary>
    private static double OfDraws(Span<double> draws, double target)
    {
        // Only differences matter; a common offset would cost digits.
        foreach (ref double draw in draws)
            draw -= target;
        draws.Sort();
        double error = 0, spread = 0, count = draws.Length;
        for (int k = 0; k < draws.Length; k++)
        {
            error += Math.Abs(draws[k]);
            spread += (2 * k + 1 - count) * draws[k];
        }
        return error / count - spread / (count * count);
    }
}
