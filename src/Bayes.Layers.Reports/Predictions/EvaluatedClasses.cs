using Bayes.Layers.Evaluation;
using Bayes.Layers.Reports.Figures;
using static Bayes.Layers.Reports.Predictions.NumberText;
using static TorchSharp.torch;

namespace Bayes.Layers.Reports.Predictions;

/// <summary>Predicted classes: two or more.</summary>
internal sealed class EvaluatedClasses : EvaluatedPrediction
{
    private const int Bins = 10;

    // A matrix of more classes is not read.
    private const int MostClasses = 20;

    // From this mean distance between confidence and accuracy, the confidence is said to be too high or too low.
    private const double Noticeable = 0.02;

    private readonly ClassificationReport _report;
    private readonly RejectionCurve _byTotal;

    private EvaluatedClasses(ClassificationReport report, RejectionCurve byTotal)
    {
        _report = report;
        _byTotal = byTotal;
    }

    /// <inheritdoc/>
    public override int? ClassCount => _report.Classes;

    /// <inheritdoc/>
    public override long Count => _report.Count;

    private Calibration? OfProbability { get; init; }

    private RejectionCurve? ByEpistemic { get; init; }

    private ClassUncertainty? Uncertainty { get; init; }

    /// <summary>Compares a prediction with the classes.</summary>
    public static EvaluatedPrediction Of(Predictive prediction, Tensor targets)
    {
        using var scope = NewDisposeScope();
        var report = ClassificationReport.Of(prediction, targets, Bins);
        return new EvaluatedClasses(report, RejectionCurve.Of(prediction, targets, prediction.TotalEntropy))
        {
            OfProbability = report.ConfusionMatrix is null || prediction.Mean.ndim > 2 ? null
                : Calibration.OfProbability(prediction.Mean, targets, Bins),
            ByEpistemic = prediction.SamplesUsed < 2 ? null : RejectionCurve.Of(prediction, targets, prediction.MutualInformation),
            Uncertainty = ClassUncertainty.Of(prediction, targets),
        };
    }

    /// <summary>Compares given probabilities with the classes.</summary>
    public static EvaluatedPrediction OfProbabilities(Tensor probability, Tensor targets)
    {
        using var scope = NewDisposeScope();
        var report = ClassificationReport.Of(probability, targets, Bins);
        bool isBinary = report.ConfusionMatrix is not null;
        var other = isBinary ? probability.neg().add_(1) : null;
        var entropy = isBinary
            ? special.entr(probability).add_(special.entr(other!))
            : special.entr(probability).sum(1L);
        return new EvaluatedClasses(report, RejectionCurve.Of(entropy, probability, targets))
        {
            OfProbability = isBinary ? Calibration.OfProbability(probability, targets, Bins) : null,
        };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ReportMetric> Headlines(ReportNames names) =>
    [
        new("accuracy", Percent(_report.Accuracy)),
        new("negative log-likelihood, nats", Share(_report.NegativeLogLikelihood)),
        new($"calibration error of the confidence, {Bins} bins", Share(_report.Calibration.ExpectedError)),
        new("accuracy on the surer half", Percent(_byTotal.AccuracyAt(0.5))),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Findings(ReportNames names)
    {
        double confidence = MeanConfidence(), accuracy = _report.Accuracy, surer = _byTotal.AccuracyAt(0.5);
        string calibration =
            $"{Count(Right)} of {Count(_report.Count)} predictions are right, with a mean confidence of {Percent(confidence)}: "
            + (Math.Abs(confidence - accuracy) < Noticeable ? "on average, the model is as sure as it should be."
                : confidence > accuracy ? "on average, the model is too sure." : "on average, the model is less sure than it could be.");

        // Where nothing is wrong, nothing can be told.
        return accuracy == 1 ? [calibration] :
        [
            calibration,
            $"With the half of highest total uncertainty set aside, accuracy goes from {Percent(accuracy)} to {Percent(surer)}: "
                + (surer > accuracy ? "the uncertainty tells where errors are." : "the uncertainty does not tell where errors are."),
        ];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ReportMetric> Metrics(ReportNames names)
    {
        string one = names.Class(1);
        var metrics = new List<ReportMetric>
        {
            new("Accuracy", Share(_report.Accuracy), $"Share of {Count(_report.Count)} examples whose class is predicted correctly."),
            new(
                "Negative log-likelihood", Share(_report.NegativeLogLikelihood),
                $"Nats per example; lower is better, and {Share(Math.Log(_report.Classes))} is a guess among {_report.Classes} classes."),
            new(
                "Brier score", Share(_report.BrierScore),
                _report.ConfusionMatrix is null ? "Squared error of all probabilities, 0 to 2; lower is better."
                    : "Mean squared error of the probability; lower is better, and 0.25 is a coin."),
            new(
                $"Calibration error of the confidence, {Bins} bins", Share(_report.Calibration.ExpectedError),
                "ECE: mean distance between the probability of the predicted class and how often that class is right."),
        };
        if (OfProbability is { } ofProbability)
            metrics.Add(new(
                $"Calibration error of P({one}), {Bins} bins", Share(ofProbability.ExpectedError),
                $"The same for the probability of {one}, whichever class is predicted: that of the figure."));
        metrics.Add(new("Accuracy on the surer half", Share(_byTotal.AccuracyAt(0.5)), "With the half of highest total uncertainty set aside."));
        if (_report.ConfusionMatrix is { } matrix)
        {
            metrics.Add(new("ROC AUC", Share(_report.RocAuc), $"Probability that one of {one} is ranked above another; 0.5 is chance."));
            metrics.Add(new("Average precision", Share(_report.AveragePrecision), $"Area under precision against recall of {one}."));
            metrics.Add(new("Precision", Share(matrix.Precision), $"Of those predicted {one}, the share that is."));
            metrics.Add(new("Recall", Share(matrix.Recall), $"Of those that are {one}, the share predicted so."));
            metrics.Add(new("F1", Share(matrix.F1), "Harmonic mean of precision and recall."));
        }
        if (_report.MacroF1 is { } macro)
            metrics.Add(new("Macro F1", Share(macro), "Mean F1 of the classes, each with the same weight."));
        if (_report.OneVsRestRocAuc is { } oneVsRest)
            metrics.Add(new("ROC AUC, one against the rest", Share(oneVsRest), "Mean over the classes; 0.5 is chance."));
        if (Uncertainty is { } uncertainty)
        {
            metrics.Add(new("Total uncertainty", Share(uncertainty.Total), "Mean entropy of the prediction, in nats."));
            metrics.Add(new("of it aleatoric", Share(uncertainty.Aleatoric), "What lies in the data: classes that overlap."));
            metrics.Add(new("of it epistemic", Share(uncertainty.Epistemic), "What the functions disagree on, and more data would lessen."));
        }
        return metrics;
    }

    /// <inheritdoc/>
    public override IEnumerable<ReportSection> Sections(ReportNames names)
    {
        yield return new ReportSection("Calibration") { Figures = [Reliability(names)], Paragraphs = [CalibrationInWords(names)] };
        yield return new ReportSection("Does it know when it is wrong?") { Figures = [.. Rejections()] };
        if (Confusion(names) is { } confusion)
            yield return new ReportSection("Confusion matrix") { Tables = [confusion] };
    }

    private long Right => (long)Math.Round(_report.Accuracy * _report.Count);

    private double MeanConfidence() =>
        _report.Calibration.Bins.Sum(bin => bin.Count * (bin.MeanProbability ?? 0)) / _report.Count;

    private ReportFigure Reliability(ReportNames names)
    {
        string one = names.Class(1);
        return OfProbability is { } ofProbability
            ? ReportFigure.Of(
                ReliabilityFigure.Draw(ofProbability.Bins, new AxisNames($"predicted P({one})", $"share that is {one}"), $"Reliability of P({one})"),
                $"How often an example was {one}, against the predicted probability that it is. On the dashed line predictions are calibrated.",
                $"Reliability diagram: observed frequency of {one} against its predicted probability in {Bins} bins; the expected calibration error "
                + $"is {Share(ofProbability.ExpectedError)}.")
            : ReportFigure.Of(
                ReliabilityFigure.Draw(
                    _report.Calibration.Bins, new AxisNames("confidence: P(predicted class)", "share that is right"),
                    "Reliability of the confidence"),
                "How often a prediction was right, against the probability of the predicted class. On the dashed line predictions are calibrated.",
                $"Reliability diagram: share of right predictions against their confidence in {Bins} bins; the expected calibration error is "
                + $"{Share(_report.Calibration.ExpectedError)}.");
    }

    private string CalibrationInWords(ReportNames names)
    {
        string confidence = Share(_report.Calibration.ExpectedError);
        return OfProbability is { } ofProbability
            ? $"The gaps of the figure, weighed by the examples in each bin, average to {Share(ofProbability.ExpectedError)}: the expected "
                + "calibration "
                + $"error of P({names.Class(1)}) in {Bins} bins. Of the confidence, the probability of the predicted class, it is {confidence}: "
                + "there "
                + "errors in opposite directions on either side of one half meet in one bin, so the two numbers differ. Both are in the table of "
                + "metrics."
            : $"The gaps of the figure, weighed by the examples in each bin, average to {confidence}: the expected calibration error in {Bins} bins "
                + $"of the table of metrics. The largest gap of a bin is {Share(_report.Calibration.MaximumError)}.";
    }

    private IEnumerable<ReportFigure> Rejections()
    {
        RejectionLine[] lines =
        [
            RejectionLine.OfAccuracy("by total uncertainty", _byTotal.Points),
            .. ByEpistemic is { } epistemic ? (RejectionLine[])[RejectionLine.OfAccuracy("by epistemic uncertainty", epistemic.Points)] : [],
        ];
        yield return ReportFigure.Of(
            RejectionFigure.Draw(lines, RejectionFigure.Accuracy, "Accuracy when the least certain are set aside"),
            "Accuracy on the rest when the least certain examples are set aside, for a person to decide say. It rises where the uncertainty tells "
            + $"what goes wrong. The curves end where fewer than {RejectionFigure.LeastRetained} examples are left.",
            $"Curves of accuracy against the share of examples set aside: {Share(_report.Accuracy)} with none, {Share(_byTotal.AccuracyAt(0.5))} "
            + "with "
            + "the half of highest total uncertainty.");
        if (Uncertainty is { Wrong.Length: > 0, Right.Length: > 0 } uncertainty)
            yield return ReportFigure.Of(
                HistogramFigure.Draw(
                    [("right", uncertainty.Right), ("wrong", uncertainty.Wrong)], "total uncertainty (nats)", "Uncertainty of right and wrong"),
                "The less the two overlap, the better an error is told by its uncertainty.",
                $"Histograms of the total uncertainty: {Count(uncertainty.Right.Length)} right predictions with a mean of "
                + $"{Share(uncertainty.Right.Average())} nats, {Count(uncertainty.Wrong.Length)} wrong ones with "
                + $"{Share(uncertainty.Wrong.Average())}.");
    }

    private ReportTable? Confusion(ReportNames names)
    {
        long[][]? counts = _report.ConfusionMatrix is { } two
            ? [[two.TrueNegatives, two.FalsePositives], [two.FalseNegatives, two.TruePositives]]
            : _report.MulticlassConfusionMatrix is { Classes: <= MostClasses } many ? [.. many.Counts.Select(row => row.ToArray())] : null;
        if (counts is null)
            return null;
        long[] totals = [.. counts.Select(row => row.Sum())];
        return new ReportTable(
            "Confusion matrix",
            ["true \\ predicted", .. counts.Select((_, index) => names.Class(index))],
            [.. counts.Select((row, index) => (IReadOnlyList<string>)[names.Class(index), .. row.Select(count => Count(count))])],
            "Rows are true classes, columns predicted ones; the stronger the colour of a cell, the larger its share of the true class.")
        {
            Shade = (row, column) => totals[row] == 0 ? 0 : (double)counts[row][column] / totals[row],
        };
    }
}
