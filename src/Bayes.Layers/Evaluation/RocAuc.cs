using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>The area under the receiver operating characteristic curve (AUROC, ROC AUC).</summary>
public static class RocAuc
{
    /// <summary>
    /// Returns the probability that a random example of class 1 has a higher score than one of class 0; ties count half (Hanley &amp; McNeil 1982;
    /// the Mann–Whitney statistic from mid-ranks).
    /// </summary>
    /// <param name="score">Probabilities of class 1, or any score that increases with them, <c>[N]</c> or <c>[N, 1]</c>.</param>
    /// <param name="target">Classes 0 and 1, of the same shape.</param>
    /// <exception cref="ArgumentException">
    /// Shapes differ, there are no examples, a score is NaN, a target is neither 0 nor 1, or all targets are of one class, so the area is not
    /// defined.
    /// </exception>
    public static double Of(Tensor score, Tensor target) =>
        Of(BinaryOutcomes.ReadScores(score, target).RequireBothClasses("the area under the curve"));

    /// <summary>
    /// Returns the mean over the classes of the area of each against all others, in [0, 1] (scikit-learn's <c>multi_class="ovr"</c>), weighted
    /// equally or by the number of examples.
    /// </summary>
    /// <param name="probability">Probabilities of all classes, <c>[N, C]</c> with rows that sum to one.</param>
    /// <param name="target">Class indices 0 to C − 1, <c>[N]</c>.</param>
    /// <param name="weighted">Whether a class is weighted by its number of examples.</param>
    /// <exception cref="ArgumentException">
    /// Shapes do not fit, there are no examples, a probability is NaN or outside [0, 1], a row does not sum to one, a target is not a class, or a
    /// class has no example, so its area is not defined.
    /// </exception>
    public static double OneVsRest(Tensor probability, Tensor target, bool weighted = false) =>
        OneVsRest(ReadAllClasses(probability, target), weighted);

    /// <summary>
    /// Returns the mean over all pairs of classes of the separation of the two, in [0, 1], independent of class sizes (Hand &amp; Till 2001, "A
    /// Simple Generalisation of the Area Under the ROC Curve for Multiple Class Classification Problems", equation 7; scikit-learn's
    /// <c>multi_class="ovo"</c>). The separation of a pair is the mean of the areas by the probability of either class, over the examples of the
    /// pair.
    /// </summary>
    /// <param name="probability">Probabilities of all classes, <c>[N, C]</c> with rows that sum to one.</param>
    /// <param name="target">Class indices 0 to C − 1, <c>[N]</c>.</param>
    /// <exception cref="ArgumentException">Under the same conditions as in <see cref="OneVsRest(Tensor, Tensor, bool)"/>.</exception>
    public static double OneVsOne(Tensor probability, Tensor target)
    {
        var outcomes = ReadAllClasses(probability, target);
        int classes = outcomes.Probabilities.Classes;
        double sum = 0;
        for (int index = 0; index < classes; index++)
        {
            double[] probabilities = outcomes.OfClass(index);
            for (int other = 0; other < classes; other++)
            {
                if (other == index)
                    continue;
                int[] pair = [.. Enumerable.Range(0, outcomes.Count).Where(example => IsOfPair(outcomes.Target(example)))];
                double[] scores = Array.ConvertAll(pair, example => probabilities[example]);
                sum += Of(BinaryOutcomes.Of(scores, Array.ConvertAll(pair, example => outcomes.Target(example) == index)));

                bool IsOfPair(int target) => target == index || target == other;
            }
        }
        return sum / ((double)classes * (classes - 1));
    }

    /// <summary>Returns the mean area of each class against all others; every class must have examples.</summary>
    internal static double OneVsRest(ClassOutcomes outcomes, bool weighted = false)
    {
        double sum = 0, total = 0;
        for (int index = 0; index < outcomes.Probabilities.Classes; index++)
        {
            var own = BinaryOutcomes.Of(outcomes.OfClass(index), outcomes.IsOfClass(index));
            double weight = weighted ? own.PositiveCount : 1;
            sum += weight * Of(own);
            total += weight;
        }
        return sum / total;
    }

    private static ClassOutcomes ReadAllClasses(Tensor probability, Tensor target)
    {
        var outcomes = ClassOutcomes.Read(probability, target);
        if (outcomes.Probabilities.IsBinary)
            throw new ArgumentException(
                $"The probability has shape {Shapes.Describe(probability.shape)}; expected [N, C] of all classes; use RocAuc.Of for class 1 only.",
                nameof(probability));
        if (outcomes.MissingClass() is { } missing)
            throw new ArgumentException($"No target is of class {missing}; the area under the curve needs examples of all "
                + $"{outcomes.Probabilities.Classes} classes.", nameof(target));
        return outcomes;
    }

    /// <summary>Returns the area for outcomes that include both classes.</summary>
    internal static double Of(BinaryOutcomes outcomes)
    {
        // Counts the correctly ordered pairs (positive, negative), from the highest score down; a tied pair counts half.
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
