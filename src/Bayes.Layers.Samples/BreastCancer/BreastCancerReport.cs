using Bayes.Layers.Diagnostics;
using Bayes.Layers.Reports;
using Bayes.Layers.Reports.Figures;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Findings;
using Bayes.Layers.Samples.Support.Report;
using Bayes.Layers.Training;
using static Bayes.Layers.Reports.Predictions.NumberText;

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
        TrainingHistory training,
        PosteriorDiagnostics diagnostics,
        BreastCancerFigures figures) => evaluation.Page
            .WithTitle("Breast cancer (Wisconsin) by two features")
            .WithLead(
                "A Bayesian neural network (2\u20115\u20115\u20111) learned from one half of the cases to tell benign ones. The numbers are of the "
                + "other half, "
                + $"predicted by the mean of {Count(options.Samples)} networks drawn from its posterior.") // With hyphens at which no line breaks.
            .WithClassNames(ClassNames.Default.Zero, ClassNames.Default.One)
            .WithSection(new ReportSection("Where it is unsure, and why")
            {
                Introduction = $"Each map is the mean of {Count(options.GridSamples)} networks drawn from the posterior.",
                Figures = [figures.Parts.ForReport(), figures.Uncertainty.ForReport(), figures.Boundary.ForReport()],
                Paragraphs = [.. UncertaintyFindingsText.Paragraphs(metrics.Findings, Features), AtTheOrigin],
            })
            .WithTraining(training)
            .WithDiagnostics(diagnostics)
            .WithSettings(
            [
                .. CommonSettings.Of(options, training, metrics.Device),
                new("Draws of the maps", Count(options.GridSamples)),
                new("Points of a map", $"{Count(options.Grid)} × {Count(options.Grid)}"),
                new("Seed of the split", Count(options.SplitSeed)),
            ])
            .WithAttribution(BreastCancerAttribution.Text)
            .Save(Path.Combine(folder, Report.FileName));

    private static string AtTheOrigin =>
        "One place is not for the data to decide: the network has no biases and its activations are odd, so at the origin, the mean of both "
        + "features, every function gives a probability of exactly one half. There the epistemic part is 0 by construction, whatever the data.";
}
