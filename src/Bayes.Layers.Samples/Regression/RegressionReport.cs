using Bayes.Layers.Diagnostics;
using Bayes.Layers.Reports;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Report;
using Bayes.Layers.Training;
using static Bayes.Layers.Reports.Predictions.NumberText;

namespace Bayes.Layers.Samples.Regression;

/// <summary>The regression on one page.</summary>
internal static class RegressionReport
{
    /// <summary>Writes report.html.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">The settings.</param>
    /// <param name="metrics">The numbers.</param>
    /// <param name="page">The report of the points beside the gap, with those in the gap as the unseen.</param>
    /// <param name="training">The course of the training.</param>
    /// <param name="diagnostics">The posterior.</param>
    /// <param name="figure">The figure of the curve.</param>
    public static void Write(
        string folder, RegressionOptions options, RegressionMetrics metrics, Report page, TrainingHistory training,
        PosteriorDiagnostics diagnostics, FigureFile figure)
    {
        page
            .WithTitle("A regression with a gap in its data")
            .WithLead(
                $"A Bayesian neural network learned a curve from {Count(options.Points)} simulated points whose noise grows with x, with none "
                + "between "
                + $"{Setting(SimulatedProcess.GapLow)} and {Setting(SimulatedProcess.GapHigh)}. The numbers are of 1,000 other points beside "
                + "the gap.")
            .WithTarget("y")
            .WithFindings(
                $"In the gap the functions disagree {FormattableString.Invariant($"{metrics.EpistemicRatio:F1}")} times as much as beside it, and "
                + "the 95\u00A0% intervals "
                + "contain "
                + $"{Percent(metrics.InGap.Coverage95)} of the points there.",
                $"The log density of the points, by the mixture of the draws, is {Share(metrics.AtData.LogDensity)} nats beside the gap (the true "
                + $"process has {Share(metrics.AtData.LogDensityOfTruth)}) and {Share(metrics.InGap.LogDensity)} in it "
                + $"({Share(metrics.InGap.LogDensityOfTruth)}).")
            .WithSection(new ReportSection("The curve")
            {
                Introduction = "The inner band is the noise that the network has learned; the outer one adds what it does not know.",
                Figures = [figure.ForReport()],
                Paragraphs =
                [
                    "Where there are points, the two bands nearly coincide: all that is left is noise. In the gap and beyond the ends the outer band "
                    + "widens, because functions that agree with the points differ there.",
                ],
                Tables =
                [
                    new ReportTable(
                        "Beside the gap and in it", ["number", "beside the gap", "in the gap"],
                        [
                            Row("RMSE", of => Share(of.Rmse)),
                            Row("RMSE of the true function: the noise", of => Share(of.RmseOfTruth)),
                            Row("log density, nats", of => Share(of.LogDensity)),
                            Row("95\u00A0% intervals contain", of => Percent(of.Coverage95)),
                            Row("aleatoric standard deviation", of => Share(of.AleatoricStddev)),
                            Row("epistemic standard deviation", of => Share(of.EpistemicStddev)),
                        ]),
                ],
            })
            .WithTraining(training)
            .WithDiagnostics(diagnostics)
            .WithSettings(
            [
                .. CommonSettings.Of(options, training, metrics.Device), new("Points to train on", Count(options.Points)),
                new("Activation", options.Activation),
            ])
            .WithAttribution("Simulated: sin 2x + 0.3x with normal noise whose standard deviation grows with x.")
            .Save(Path.Combine(folder, Report.FileName));

        IReadOnlyList<string> Row(string name, Func<RegionEvaluation, string> text) => [name, text(metrics.AtData), text(metrics.InGap)];
    }
}
