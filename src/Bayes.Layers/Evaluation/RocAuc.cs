using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>The area under the receiver operating characteristic curve (AUROC, ROC AUC).</summary>
public static class RocAuc
{
    /// <summary>
    /// The probability that a random example of class 1 has a higher score than one of class 0, ties counting half
    /// (Hanley &amp; McNeil 1982; the Mann–Whitney statistic from mid-ranks).
    /// </summary>
    /// <param name="score">Probabilities of class 1, or any score that rises with them, <c>[N]</c> or <c>[N, 1]</c>.</param>
    /// <param name="target">Classes 0 and 1, of the same shape.</param>
    /// <exception cref="ArgumentException">
    /// Shapes differ, there are no examples, a score is NaN, a target is neither 0 nor 1, or only one class is there: the area is not defined.
    /// </exception>
    public static double Of(Tensor score, Tensor target)
    {
        var outcomes = BinaryOutcomes.ReadScores(score, target);
        if (outcomes.PositiveCount == 0 || outcomes.NegativeCount == 0)
            throw new ArgumentException(
                $"All {outcomes.Positives.Length} targets are of class {(outcomes.PositiveCount == 0 ? 0 : 1)}; "
                + "the area under the curve needs both classes.", nameof(target));
        return Of(outcomes);
    }

    /// <summary>For outcomes with both classes.</summary>
    internal static double Of(BinaryOutcomes outcomes)
    {
        // Pairs (positive, negative) in order, from the highest score down; each tied pair is half a pair.
        var (scores, isPositive) = outcomes.Descending();
        double ordered = 0;
        long positivesAbove = 0;
        foreach (var (start, end) in Ties.Of(scores))
        {
            long positives = isPositive.AsSpan(start..end).Count(true);
            ordered += (positivesAbove + positives / 2.0) * (end - start - positives);
            positivesAbove += positives;
        }
        return ordered / ((double)outcomes.PositiveCount * outcomes.NegativeCount);
    }
}
