using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>The area under the receiver operating characteristic.</summary>
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
        var outcomes = BinaryOutcomes.Read(score, target);
        long positives = outcomes.Positives.LongCount(positive => positive);
        long negatives = outcomes.Positives.Length - positives;
        if (positives == 0 || negatives == 0)
            throw new ArgumentException(
                $"All {outcomes.Positives.Length} targets are of class {(positives == 0 ? 0 : 1)}; the area under the curve needs both classes.", nameof(target));

        double[] scores = (double[])outcomes.Probabilities.Clone();
        bool[] isPositive = (bool[])outcomes.Positives.Clone();
        Array.Sort(scores, isPositive);
        double rankSum = 0;
        for (int start = 0; start < scores.Length;)
        {
            int end = start, tiedPositives = 0;
            for (; end < scores.Length && scores[end].Equals(scores[start]); end++)
                tiedPositives += isPositive[end] ? 1 : 0;
            rankSum += tiedPositives * (start + 1 + end) / 2.0;
            start = end;
        }
        return (rankSum - positives * (positives + 1) / 2.0) / ((double)positives * negatives);
    }
}
