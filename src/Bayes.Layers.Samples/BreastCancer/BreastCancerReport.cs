using System.Globalization;
using Bayes.Layers.Diagnostics;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Findings;
using Bayes.Layers.Samples.Support.Report;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>The experiment on one page.</summary>
internal static class BreastCancerReport
{
    /// <summary>Names of the two features in running text.</summary>
    private static readonly AxisNames Features = new("mean radius", "mean texture");

    /// <summary>Writes report.html.</summary>
    public static void Write(
        string folder,
        BreastCancerOptions options,
        BreastCancerMetrics metrics,
        TestEvaluation evaluation,
        PosteriorDiagnostics diagnostics,
        IReadOnlyList<ReportFigure> figures) => new HtmlReport
        {
            Title = "Breast cancer (Wisconsin): a Bayesian 2\u20115\u20115\u20111 network", // With hyphens at which no line breaks.
            Introduction = Introduction(options, metrics),
            Findings = [.. UncertaintyFindingsText.Paragraphs(metrics.Findings, Features), AtTheOrigin],
            Metrics = List(metrics, evaluation),
            Figures = figures,
            Diagnostics = diagnostics.ToString(),
            Settings = List(options, metrics),
            Attribution = BreastCancerAttribution.Text,
        }.Write(Path.Combine(folder, HtmlReport.FileName));

    private static string AtTheOrigin =>
        "One place is not for the data to decide: the network has no biases and its activations are odd, so at the origin, the mean of both "
        + "features, every function gives a probability of exactly one half. There the epistemic part is 0 by construction, whatever the data.";

    private static string Introduction(BreastCancerOptions options, BreastCancerMetrics metrics) =>
        "A Bayesian network without biases was trained by Bayes by Backprop to tell benign from malignant cases by two features, mean radius and "
        + "mean texture. It learned from one half of the data; the metrics are of the other half, predicted by the mean of "
        + $"{Whole(options.Samples)} networks drawn from its posterior, and the maps are the mean of {Whole(options.GridSamples)}. "
        + $"Training took {Whole(metrics.Training.History.Count)} of {Whole(options.Epochs)} epochs.";

    private static IReadOnlyList<ReportMetric> List(BreastCancerMetrics metrics, TestEvaluation evaluation)
    {
        var (report, probabilities) = (evaluation.Report, metrics.Probabilities);
        return
        [
            new("Accuracy", Share(metrics.Accuracy), "Share of the test half classified rightly."),
            new("ROC AUC", Share(metrics.RocAuc), "Probability that a benign case is ranked above a malignant one; 0.5 is chance."),
            new("Average precision", Share(report.AveragePrecision), "Area under precision against recall, for benign cases."),
            new("Precision", Share(metrics.Precision), "Of the cases predicted benign, the share that is."),
            new("Recall", Share(metrics.Recall), "Of the benign cases, the share predicted benign."),
            new("F1", Share(metrics.F1), "Harmonic mean of precision and recall."),
            new("Negative log-likelihood", Share(probabilities.NegativeLogLikelihood), "Nats per case; lower is better, and 0.69 is a coin."),
            new("Brier score", Share(probabilities.BrierScore), "Mean squared error of the probability; lower is better, and 0.25 is a coin."),
            new(
                "Calibration error of confidence", Share(probabilities.ExpectedCalibrationError),
                "Expected: mean gap between the confidence in a prediction and how often it is right, in ten bins."),
            new(
                "Accuracy on the surer half", Share(evaluation.ByTotalEntropy.AccuracyAt(0.5)),
                "With the half of highest total uncertainty set aside."),
            new(
                "KL divergence", metrics.Posterior.KlDivergence.ToString("F1", CultureInfo.InvariantCulture),
                "Nats from prior to posterior, all weights together."),
        ];
    }

    private static IReadOnlyList<ReportSetting> List(BreastCancerOptions options, BreastCancerMetrics metrics) =>
    [
        new("Epochs", $"{Whole(metrics.Training.History.Count)} of {Whole(options.Epochs)}"),
        new("Batch size", Whole(options.BatchSize)),
        new("Learning rate", Number(options.LearningRate)),
        new("Beta", Number(options.Beta)),
        new("Draws, test half", Whole(options.Samples)),
        new("Draws, maps", Whole(options.GridSamples)),
        new("Points of a map", $"{Whole(options.Grid)} × {Whole(options.Grid)}"),
        new("Seed", Whole(options.Seed)),
        new("Seed of the split", Whole(options.SplitSeed)),
        new("Device", metrics.Device),
        new("Steps per second", metrics.Training.StepsPerSecond.ToString("N0", CultureInfo.InvariantCulture)),
    ];

    private static string Share(double? value) => value?.ToString("F3", CultureInfo.InvariantCulture) ?? "not defined";

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);
}
