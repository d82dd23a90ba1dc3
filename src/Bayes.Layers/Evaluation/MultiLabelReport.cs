using System.Globalization;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>
/// All metrics of several labels, each of which an example may have: a report for each label, and averages over them; <see cref="ToString"/>
/// returns a table. A macro average weights all labels equally; a micro average weights all decisions equally: it treats all labels of all
/// examples as one problem of two classes.
/// </summary>
/// <param name="Labels">A report for each label, in the order of the columns.</param>
/// <param name="Micro">The report of all decisions together.</param>
/// <param name="ExactMatch">The share of examples with all labels predicted correctly, at the threshold 0.5 (scikit-learn's accuracy of several
/// labels).</param>
public sealed record MultiLabelReport(IReadOnlyList<ClassificationReport> Labels, ClassificationReport Micro, double ExactMatch)
{
    /// <summary>Gets the number of examples.</summary>
    public long Count => Labels[0].Count;

    /// <summary>Gets the share of wrong decisions, at the threshold 0.5.</summary>
    public double HammingLoss => 1 - Micro.ConfusionMatrix!.Accuracy;

    /// <summary>Gets the mean precision of the labels that were predicted at least once; null if there are no such labels. (scikit-learn counts the
    /// others as 0, except with <c>zero_division=nan</c>.)</summary>
    public double? MacroPrecision => Mean(label => label.ConfusionMatrix!.Precision);

    /// <summary>Gets the mean recall of the labels that at least one example has; null if there are no such labels.</summary>
    public double? MacroRecall => Mean(label => label.ConfusionMatrix!.Recall);

    /// <summary>Gets the mean F1 of the labels that at least one example has or that were predicted; null if there are no such labels.</summary>
    public double? MacroF1 => Mean(label => label.ConfusionMatrix!.F1);

    /// <summary>
    /// Gets the mean area under the ROC curve of the labels that some examples have and others lack; null if there are no such labels.
    /// </summary>
    public double? MacroRocAuc => Mean(label => label.RocAuc);

    /// <summary>Gets the mean average precision of the labels that some examples have and others lack; null if there are no such labels.</summary>
    public double? MacroAveragePrecision => Mean(label => label.AveragePrecision);

    /// <summary>Computes all metrics.</summary>
    /// <param name="probability">The probability of each label, <c>[N, L]</c>; rows need not sum to one.</param>
    /// <param name="target">1 for a label that an example has, 0 for the others, <c>[N, L]</c>.</param>
    /// <param name="bins">The number of bins of each calibration.</param>
    /// <exception cref="ArgumentException">Shapes differ, there are no examples, a probability is NaN or outside [0, 1], or a target is neither 0
    /// nor 1.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is below 1.</exception>
    public static MultiLabelReport Of(Tensor probability, Tensor target, int bins = 10)
    {
        Require.Positive(bins);
        TensorValues.RequireMatching(probability, nameof(probability), target);
        if (probability.ndim != 2)
            throw new ArgumentException(
                $"The probability has shape {Shapes.Describe(probability.shape)}; expected [N, L], a column for each label.", nameof(probability));
        using var scope = NewDisposeScope();
        int labels = checked((int)probability.shape[1]);
        return new MultiLabelReport(
            Array.AsReadOnly([.. Enumerable.Range(0, labels).Select(OfLabel)]),
            ClassificationReport.Of(probability.flatten(), target.flatten(), bins),
            ShareOfExactMatches(probability.ReadDoubles(), target.ReadDoubles(), labels));

        ClassificationReport OfLabel(int label) => ClassificationReport.Of(probability.select(1, label), target.select(1, label), bins);
    }

    /// <summary>Computes all metrics of a prediction with a <see cref="BernoulliLikelihood"/> of several outputs.</summary>
    /// <param name="prediction">The prediction, with a mean <c>[N, L]</c>.</param>
    /// <param name="target">1 for a label that an example has, 0 for the others, <c>[N, L]</c>.</param>
    /// <param name="bins">The number of bins of each calibration.</param>
    /// <exception cref="ArgumentException">The prediction is not of labels, or the target does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bins"/> is below 1.</exception>
    public static MultiLabelReport Of(IPrediction prediction, Tensor target, int bins = 10)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        return prediction.Likelihood is BernoulliLikelihood
            ? Of(prediction.Mean, target, bins)
            : throw new ArgumentException(
                $"The prediction has the likelihood {prediction.Likelihood}; expected BernoulliLikelihood, with an output for each label.",
                nameof(prediction));
    }

    /// <summary>Returns the averages, and a line for each of up to 20 labels, in the invariant culture.</summary>
    public override string ToString()
    {
        var table = new ReportTable($"{Count} examples, {Labels.Count} labels")
            .Add("all labels right", ExactMatch)
            .Add("Hamming loss", HammingLoss)
            .Add("micro precision", Micro.ConfusionMatrix!.Precision)
            .Add("micro recall", Micro.ConfusionMatrix.Recall)
            .Add("micro F1", Micro.ConfusionMatrix.F1)
            .Add("macro precision", MacroPrecision)
            .Add("macro recall", MacroRecall)
            .Add("macro F1", MacroF1)
            .Add("micro area under the ROC curve", Micro.RocAuc)
            .Add("macro area under the ROC curve", MacroRocAuc)
            .Add("macro average precision", MacroAveragePrecision);
        if (Labels.Count <= ConfusionTable.MaxClasses)
            for (int label = 0; label < Labels.Count; label++)
                Add(label, Labels[label].ConfusionMatrix!);
        return table.ToString();

        void Add(int label, ConfusionMatrix matrix) => table.Add(
            string.Create(CultureInfo.InvariantCulture, $"label {label}: F1"), matrix.F1,
            string.Create(CultureInfo.InvariantCulture, $"{matrix.TruePositives + matrix.FalseNegatives} examples"));
    }

    // Average skips null values, and returns null if all are null.
    private double? Mean(Func<ClassificationReport, double?> ofLabel) => Labels.Average(ofLabel);

    private static double ShareOfExactMatches(double[] probabilities, double[] targets, int labels)
    {
        int examples = probabilities.Length / labels, matches = 0;
        for (int example = 0; example < examples; example++)
        {
            bool isMatch = true;
            for (int element = example * labels; element < (example + 1) * labels; element++)
                isMatch &= probabilities[element] > 0.5 == (targets[element] == 1);
            matches += isMatch ? 1 : 0;
        }
        return (double)matches / examples;
    }
}
