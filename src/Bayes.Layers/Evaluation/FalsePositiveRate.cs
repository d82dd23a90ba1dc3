using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>The false positive rate at a given true positive rate, such as FPR at 95 % TPR.</summary>
public static class FalsePositiveRate
{
    // A product such as 0.95 · 20 is rounded, and must not ask for one example more.
    private const double Rounding = 1e-12;

    /// <summary>
    /// Returns the share of examples of class 0 whose score is at or above the highest threshold that at least the given share of class 1 reaches
    /// (Liang, Li &amp; Srikant 2018, "Enhancing the Reliability of Out-of-distribution Image Detection in Neural Networks", §3.2). Examples with the
    /// score of the threshold count as above it, of both classes.
    /// </summary>
    /// <param name="score">Probabilities of class 1, or any score that increases with them, <c>[N]</c> or <c>[N, 1]</c>.</param>
    /// <param name="target">Classes 0 and 1, of the same shape.</param>
    /// <param name="truePositiveRate">The share of class 1 that must be found, above 0 and at most 1.</param>
    /// <returns>In [0, 1]; lower is better.</returns>
    /// <exception cref="ArgumentException">
    /// Shapes differ, there are no examples, a score is NaN, a target is neither 0 nor 1, or all targets are of one class.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="truePositiveRate"/> is outside its range.</exception>
    public static double Of(Tensor score, Tensor target, double truePositiveRate = 0.95)
    {
        if (!(truePositiveRate > 0 && truePositiveRate <= 1))
            throw new ArgumentOutOfRangeException(
                nameof(truePositiveRate), truePositiveRate,
                $"{nameof(truePositiveRate)} is {truePositiveRate}; expected a number above 0, at most 1.");
        return Of(BinaryOutcomes.ReadScores(score, target).RequireBothClasses("the false positive rate"), truePositiveRate);
    }

    private static double Of(BinaryOutcomes outcomes, double truePositiveRate)
    {
        double needed = truePositiveRate * outcomes.PositiveCount * (1 - Rounding);
        var (scores, isPositive) = outcomes.Descending();
        long above = 0, positivesAbove = 0;
        foreach (var (start, end) in Ties.Of(scores))
        {
            positivesAbove += isPositive.AsSpan(start..end).Count(true);
            above = end;
            if (positivesAbove >= needed)
                break;
        }
        return (double)(above - positivesAbove) / outcomes.NegativeCount;
    }
}
