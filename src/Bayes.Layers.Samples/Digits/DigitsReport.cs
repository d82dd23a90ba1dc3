using Bayes.Layers.Diagnostics;
using Bayes.Layers.Reports;
using Bayes.Layers.Samples.Support.Report;
using Bayes.Layers.Training;
using static Bayes.Layers.Reports.Predictions.NumberText;

namespace Bayes.Layers.Samples.Digits;

/// <summary>The digits sample on one page.</summary>
internal static class DigitsReport
{
    /// <summary>Writes report.html.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">The settings.</param>
    /// <param name="metrics">The numbers.</param>
    /// <param name="page">The report of the test part, with turned images as the unseen.</param>
    /// <param name="training">The course of the training.</param>
    /// <param name="diagnostics">The posterior.</param>
    /// <param name="figures">The figures.</param>
    public static void Write(
        string folder, DigitsOptions options, DigitsMetrics metrics, Report page, TrainingHistory training, PosteriorDiagnostics diagnostics,
        DigitsFigures figures) => page
            .WithTitle("Handwritten digits, upright and turned")
            .WithLead(
                $"A convolutional Bayesian neural network learned to read digits of {DigitsData.Side} by {DigitsData.Side} pixels. The numbers "
                + "are of "
                + $"images that it did not see, predicted by the mean of {Count(options.Samples)} networks drawn from its posterior.")
            .WithClassNames(Enumerable.Range(0, DigitsData.Classes).Select(digit => $"{digit}"))
            .WithSection(new ReportSection("Does it notice when images are turned?")
            {
                Introduction = "A network that has seen only upright digits should be unsure of turned ones.",
                Figures = [figures.Examples.ForReport(), figures.Rotation.ForReport()],
                Tables =
                [
                    new ReportTable(
                        "Turned digits", ["turned by", "accuracy", "mutual information, nats", "AUROC against upright"],
                        [.. metrics.Rotation.Select(each => (IReadOnlyList<string>)
                        [
                            $"{each.Angle:0}°", Share(each.Accuracy), Share(each.MutualInformation),
                            each.AucAgainstUpright is { } auc ? Share(auc) : "–",
                        ])]),
                ],
            })
            .WithSection(new ReportSection("How many weights does it need?")
            {
                Figures = [figures.Pruning.ForReport()],
                Paragraphs =
                [
                    "A weight whose sigma is large relative to its mean says little, and can be left out. The dashed line is the accuracy with "
                    + "all weights.",
                ],
            })
            .WithTraining(training)
            .WithDiagnostics(diagnostics)
            .WithSettings(
                [.. CommonSettings.Of(options, training, metrics.Device), new("Seed of the split", Count(options.SplitSeed))])
            .WithAttribution(DigitsAttribution.Text)
            .Save(Path.Combine(folder, Report.FileName));
}
