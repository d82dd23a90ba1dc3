using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>
/// Counts of each pair of true and predicted class, for any number of classes; <see cref="ToString"/> returns a table. Immutable.
/// </summary>
/// <remarks>
/// Precision, recall and F1 of a class are those of <see cref="ConfusionMatrix"/> with that class as class 1 and all others as class 0.
/// </remarks>
public sealed class MulticlassConfusionMatrix
{
    private readonly long[] _trueTotals;
    private readonly long[] _predictedTotals;

    private MulticlassConfusionMatrix(long[][] counts)
    {
        Counts = Array.AsReadOnly(Array.ConvertAll(counts, IReadOnlyList<long> (row) => Array.AsReadOnly(row)));
        _trueTotals = Array.ConvertAll(counts, row => row.Sum());
        _predictedTotals = [.. Enumerable.Range(0, counts.Length).Select(predicted => counts.Sum(row => row[predicted]))];
        Total = _trueTotals.Sum();
    }

    /// <summary>Gets the counts, <c>Counts[true class][predicted class]</c>: C rows of C numbers.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Counts { get; }

    /// <summary>Gets the number of classes, C; at least 2.</summary>
    public int Classes => Counts.Count;

    /// <summary>Gets the number of examples; at least 1.</summary>
    public long Total { get; }

    /// <summary>Gets the share of examples whose class was predicted correctly, in [0, 1].</summary>
    public double Accuracy => (double)Enumerable.Range(0, Classes).Sum(index => Counts[index][index]) / Total;

    /// <summary>
    /// Gets the mean precision of the classes that were predicted at least once, in [0, 1], with equal weights. (scikit-learn counts the others as
    /// 0, except with <c>zero_division=nan</c>.)
    /// </summary>
    public double MacroPrecision => Mean(Precision);

    /// <summary>
    /// Gets the mean recall of the classes that have examples, in [0, 1], with equal weights. Also called balanced accuracy.
    /// </summary>
    public double MacroRecall => Mean(Recall);

    /// <summary>
    /// Gets the mean F1 of the classes that have examples or were predicted, in [0, 1], with equal weights. It is the mean of the F1 of each class,
    /// not the F1 of the means, as in scikit-learn's <c>f1_score(average="macro")</c>.
    /// </summary>
    public double MacroF1 => Mean(F1);

    /// <summary>
    /// Gets the mean intersection over union (mIoU) of the classes that have examples or were predicted, in [0, 1], with equal weights: the usual
    /// score of segmentations.
    /// </summary>
    public double MeanIntersectionOverUnion => Mean(IntersectionOverUnion);

    /// <summary>Counts each example at its true class and its most probable class, the first if several are equally probable.</summary>
    /// <param name="probability">
    /// Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>, or of all classes, <c>[N, C]</c> with rows that sum to one.
    /// </param>
    /// <param name="target">Classes 0 and 1 of the same shape, or class indices 0 to C − 1, <c>[N]</c>.</param>
    /// <exception cref="ArgumentException">
    /// Shapes do not fit, there are no examples, a probability is NaN or outside [0, 1], a row does not sum to one within 0.001
    /// (0.008 in BFloat16), or a target is not a class.
    /// </exception>
    public static MulticlassConfusionMatrix Of(Tensor probability, Tensor target) => Of(ClassOutcomes.Read(probability, target));

    /// <summary>Counts each place of a prediction at its true class and its most probable class.</summary>
    /// <param name="prediction">
    /// A prediction of classes. Places of an example, such as pixels, count as examples; those whose target is the likelihood's
    /// <see cref="Likelihoods.CategoricalLikelihood.IgnoreIndex"/> are left out.
    /// </param>
    /// <param name="target">Observed values, in the form that the likelihood takes.</param>
    /// <exception cref="ArgumentException">The prediction is not of classes, or has several labels, or the target does not fit, or nothing is
    /// left.</exception>
    public static MulticlassConfusionMatrix Of(IPrediction prediction, Tensor target) => Of(PredictedPlaces.Outcomes(prediction, target));

    /// <summary>Returns the share of predictions of a class that are correct, in [0, 1]; null if it was never predicted.</summary>
    /// <param name="classIndex">The class, 0 to C − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double? Precision(int classIndex) => CountShare.Of(Hits(classIndex), _predictedTotals[classIndex]);

    /// <summary>Returns the share of examples of a class that were predicted as that class, in [0, 1]; null if there are no such examples.</summary>
    /// <param name="classIndex">The class, 0 to C − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double? Recall(int classIndex) => CountShare.Of(Hits(classIndex), _trueTotals[classIndex]);

    /// <summary>
    /// Returns the harmonic mean of precision and recall of a class, in [0, 1]; 0 if only one of them is defined, and null if neither is, because
    /// the class has no examples and was never predicted.
    /// </summary>
    /// <param name="classIndex">The class, 0 to C − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double? F1(int classIndex) => CountShare.Of(2 * Hits(classIndex), _trueTotals[classIndex] + _predictedTotals[classIndex]);

    /// <summary>
    /// Returns the intersection over union of a class, in [0, 1]: the share of the examples that are of the class or predicted as it which are both.
    /// Also called Jaccard index. Null if there are no such examples.
    /// </summary>
    /// <param name="classIndex">The class, 0 to C − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public double? IntersectionOverUnion(int classIndex)
    {
        long hits = Hits(classIndex);
        return CountShare.Of(hits, _trueTotals[classIndex] + _predictedTotals[classIndex] - hits);
    }

    /// <summary>Returns a copy of the counts, <c>[C, C]</c>, with a row for each true class and a column for each predicted one.</summary>
    public long[,] ToArray()
    {
        var counts = new long[Classes, Classes];
        for (int row = 0; row < Classes; row++)
            for (int column = 0; column < Classes; column++)
                counts[row, column] = Counts[row][column];
        return counts;
    }

    /// <summary>
    /// Returns accuracy and the macro averages, and for up to 20 classes the counts with precision, recall and F1 of each class, in the invariant
    /// culture; <c>-</c> stands for null.
    /// </summary>
    public override string ToString() =>
        new ReportTable($"{Total} examples, {Classes} classes").Add("accuracy", Accuracy).Add(this).ToString();

    internal static MulticlassConfusionMatrix Of(ClassOutcomes outcomes)
    {
        int classes = outcomes.Probabilities.Classes;
        long[][] counts = [.. Enumerable.Range(0, classes).Select(_ => new long[classes])];
        for (int example = 0; example < outcomes.Count; example++)
            counts[outcomes.Target(example)][outcomes.Prediction(example)]++;
        return new MulticlassConfusionMatrix(counts);
    }

    private long Hits(int index, [CallerArgumentExpression(nameof(index))] string name = "") =>
        index >= 0 && index < Classes
            ? Counts[index][index]
            : throw new ArgumentOutOfRangeException(name, index, $"{name} is {index}; expected a class index from 0 to {Classes - 1}.");

    // Not null: there is at least one example, whose true class has a recall and whose predicted class has a precision.
    private double Mean(Func<int, double?> ofClass) => Enumerable.Range(0, Classes).Average(ofClass)!.Value;
}
