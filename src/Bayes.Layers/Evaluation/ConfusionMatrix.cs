using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>Counts of each pair of true and predicted class, for two classes.</summary>
/// <param name="TrueNegatives">True class 0, predicted 0.</param>
/// <param name="FalsePositives">True class 0, predicted 1.</param>
/// <param name="FalseNegatives">True class 1, predicted 0.</param>
/// <param name="TruePositives">True class 1, predicted 1.</param>
public sealed record ConfusionMatrix(long TrueNegatives, long FalsePositives, long FalseNegatives, long TruePositives)
{
    /// <summary>Gets the number of examples.</summary>
    public long Total => TrueNegatives + FalsePositives + FalseNegatives + TruePositives;

    /// <summary>Gets the share of examples whose class was predicted correctly.</summary>
    public double Accuracy => (double)(TrueNegatives + TruePositives) / Total;

    /// <summary>Gets the share of predictions of class 1 that are correct; null if class 1 was never predicted.</summary>
    public double? Precision => CountShare.Of(TruePositives, TruePositives + FalsePositives);

    /// <summary>Gets the share of examples of class 1 that were predicted as class 1; null if there are no such examples.</summary>
    public double? Recall => CountShare.Of(TruePositives, TruePositives + FalseNegatives);

    /// <summary>
    /// Gets the harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN); 0 if only one of them is defined, and null if neither is, because
    /// class 1 has no examples and was never predicted.
    /// </summary>
    public double? F1 => CountShare.Of(2 * TruePositives, 2 * TruePositives + FalsePositives + FalseNegatives);

    /// <summary>Counts examples, with class 1 predicted if the probability is above a threshold.</summary>
    /// <param name="probability">Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>.</param>
    /// <param name="target">Classes 0 and 1, of the same shape.</param>
    /// <param name="threshold">A probability above it predicts class 1; an equal one does not.</param>
    /// <exception cref="ArgumentException">
    /// Shapes differ, there are no examples, a probability is NaN or outside [0, 1], the threshold is NaN, or a target is neither 0 nor 1.
    /// </exception>
    public static ConfusionMatrix Of(Tensor probability, Tensor target, double threshold = 0.5)
    {
        if (double.IsNaN(threshold))
            throw new ArgumentException("The threshold is NaN; expected a number.", nameof(threshold));
        return Of(BinaryOutcomes.ReadProbabilities(probability, target), threshold);
    }

    /// <summary>Returns the counts, with a row for each true class and a column for each predicted one.</summary>
    public long[,] ToArray() => new[,] { { TrueNegatives, FalsePositives }, { FalseNegatives, TruePositives } };

    internal static ConfusionMatrix Of(BinaryOutcomes outcomes, double threshold = 0.5)
    {
        long[] counts = new long[4];
        for (int i = 0; i < outcomes.Positives.Length; i++)
            counts[(outcomes.Positives[i] ? 2 : 0) + (outcomes.Scores[i] > threshold ? 1 : 0)]++;
        return new ConfusionMatrix(counts[0], counts[1], counts[2], counts[3]);
    }
}
