using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Reports.Figures;
using static Bayes.Layers.Reports.Predictions.NumberText;
using static TorchSharp.torch;

namespace Bayes.Layers.Reports.Predictions;

/// <summary>Several labels for each example, each of which it has or not.</summary>
internal sealed class EvaluatedLabels(MultiLabelReport report) : EvaluatedPrediction
{
    private const int Bins = 10;

    /// <inheritdoc/>
    public override int? ClassCount => report.Labels.Count;

    /// <inheritdoc/>
    public override long Count => report.Count;

    /// <summary>Determines whether a prediction is of several labels.</summary>
    public static bool AreLabels(Predictive prediction) =>
        prediction.Likelihood is BernoulliLikelihood && prediction.Mean.ndim == 2 && prediction.Mean.shape[1] > 1;

    /// <summary>Compares a prediction with the labels.</summary>
    public static EvaluatedPrediction Of(Predictive prediction, Tensor targets) =>
        new EvaluatedLabels(MultiLabelReport.Of(prediction, targets, Bins));

    /// <inheritdoc/>
    public override IReadOnlyList<ReportMetric> Headlines(ReportNames names) =>
    [
        new("decisions that are right", Percent(1 - report.HammingLoss)),
        new("examples with all labels right", Percent(report.ExactMatch)),
        new("mean F1 of the labels", Share(report.MacroF1)),
        new($"calibration error of all decisions, {Bins} bins", Share(report.Micro.Calibration.ExpectedError)),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Findings(ReportNames names) => [];

    /// <inheritdoc/>
    public override IReadOnlyList<ReportMetric> Metrics(ReportNames names) =>
    [
        new("Exact match", Share(report.ExactMatch), "Share of examples all of whose labels are predicted correctly."),
        new("Hamming loss", Share(report.HammingLoss), "Share of decisions that are wrong."),
        new("Macro F1", Share(report.MacroF1), "Mean F1 of the labels, each with the same weight."),
        new("Macro ROC AUC", Share(report.MacroRocAuc), "Mean over the labels; 0.5 is chance."),
        new("Negative log-likelihood", Share(report.Micro.NegativeLogLikelihood), "Nats per decision; lower is better, and 0.693 is a coin."),
        new($"Calibration error of all decisions, {Bins} bins", Share(report.Micro.Calibration.ExpectedError), "Of the confidence in a decision."),
    ];

    /// <inheritdoc/>
    public override IEnumerable<ReportSection> Sections(ReportNames names)
    {
        yield return new ReportSection("Calibration")
        {
            Figures =
            [
                ReportFigure.Of(
                    ReliabilityFigure.Draw(
                        report.Micro.Calibration.Bins, new AxisNames("confidence", "share that is right"), "Reliability of all decisions"),
                    "How often a decision was right, against the confidence in it. On the dashed line predictions are calibrated.",
                    $"Reliability diagram of all decisions; the expected calibration error is {Share(report.Micro.Calibration.ExpectedError)}."),
            ],
        };
        yield return new ReportSection("Labels")
        {
            Tables =
            [
                new ReportTable(
                    "Labels", ["label", "accuracy", "precision", "recall", "F1", "ROC AUC", $"ECE, {Bins} bins"],
                    [.. report.Labels.Select((label, index) => (IReadOnlyList<string>)
                    [
                        names.Class(index), Share(label.Accuracy), Share(label.ConfusionMatrix!.Precision), Share(label.ConfusionMatrix.Recall),
                        Share(label.ConfusionMatrix.F1), Share(label.RocAuc), Share(label.Calibration.ExpectedError),
                    ])]),
            ],
        };
    }
}
