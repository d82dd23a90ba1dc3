using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>The average precision (AP), the area under the precision-recall curve (AUPRC), for classes of unequal size.</summary>
public static class AveragePrecision
{
    /// <summary>
    /// Returns Σ_n (R_n − R_{n−1}) P_n over the distinct scores in descending order, where P_n and R_n are precision and recall if all examples
    /// with at least that score are predicted as class 1: scikit-learn's definition, without interpolation. In (0, 1]; an uninformative score
    /// gets the share of class 1.
    /// </summary>
    /// <param name="score">Probabilities of class 1, or any score that increases with them, <c>[N]</c> or <c>[N, 1]</c>.</param>
    /// <param name="target">Classes 0 and 1, of the same shape.</param>
    /// <exception cref="ArgumentException">
    /// Shapes differ, there are no examples, a score is NaN, a target is neither 0 nor 1, or no target is of class 1, so recall is not defined.
    /// </exception>
    public static double Of(Tensor score, Tensor target)
    {
        var outcomes = BinaryOutcomes.ReadScores(score, target);
        if (outcomes.PositiveCount == 0)
            throw new ArgumentException(
                $"All {outcomes.Positives.Length} targets are of class 0; the average precision needs examples of class 1.", nameof(target));
        return Of(outcomes);
    }

    /// <summary>Returns the average precision of outcomes that include class 1.</summary>
    internal static double Of(BinaryOutcomes outcomes)
    {
        var (scores, isPositive) = outcomes.Descending();
        double sum = 0;
        long found = 0;
        foreach (var (start, end) in Ties.Of(scores))
        {
            long positives = isPositive.AsSpan(start..end).Count(true);
            found += positives;
            sum += positives * ((double)found / end);
        }
        return sum / outcomes.PositiveCount;
    }
}
