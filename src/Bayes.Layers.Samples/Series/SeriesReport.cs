using Bayes.Layers.Diagnostics;
using Bayes.Layers.Reports;
using Bayes.Layers.Samples.Support.Figures;
using Bayes.Layers.Samples.Support.Report;
using Bayes.Layers.Training;
using static Bayes.Layers.Reports.Predictions.NumberText;

namespace Bayes.Layers.Samples.Series;

/// <summary>The series sample on one page.</summary>
internal static class SeriesReport
{
    /// <summary>Writes report.html.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">The settings.</param>
    /// <param name="metrics">The numbers.</param>
    /// <param name="page">The report of the test days.</param>
    /// <param name="training">The course of the training.</param>
    /// <param name="diagnostics">The posterior.</param>
    /// <param name="figure">The figure of the forecasts.</param>
    public static void Write(
        string folder, SeriesOptions options, SeriesMetrics metrics, Report page, TrainingHistory training, PosteriorDiagnostics diagnostics,
        FigureFile figure)
    {
        string ahead = options.Horizon == 1 ? "one day ahead" : $"{Count(options.Horizon)} days ahead";
        page
            .WithTitle($"A daily series, {ahead}")
            .WithLead(
                $"A Bayesian LSTM learned to forecast a day from {Count(options.Window)} days that are known, {ahead}. It learned from "
                + $"{Count(metrics.TrainDays)} days; the numbers are of the {Count(metrics.TestDays)} days after them.")
            .WithTarget(SeriesRun.TargetOf(options).Name, SeriesRun.TargetOf(options).Unit)
            .WithFindings(Verdict(metrics))
            .WithSection(new ReportSection("Forecasts")
            {
                Introduction = $"Each day is forecast {ahead}. The seasonal naive forecast repeats the last known day of the same weekday.",
                Figures = [figure.ForReport()],
                Tables =
                [
                    new ReportTable(
                        "The network and the seasonal naive forecast", ["number", "Bayesian LSTM", "seasonal naive"],
                        [
                            Row("RMSE", of => Quantity(of.Rmse)), Row("mean absolute error", of => Quantity(of.MeanAbsoluteError)),
                            Row("CRPS", of => Quantity(of.Crps)), Row("negative log-likelihood, nats", of => Quantity(of.NegativeLogLikelihood)),
                            Row("90\u00A0% intervals contain", of => Percent(of.Coverage90)),
                            Row("mean width of them", of => Quantity(of.IntervalWidth)),
                        ],
                        "The interval of the seasonal naive forecast is that of its errors on the training days. CRPS and negative log-likelihood "
                        + "are "
                        + "those of normal distributions."),
                ],
            })
            .WithTraining(training)
            .WithDiagnostics(diagnostics)
            .WithSettings(
            [
                .. CommonSettings.Of(options, training, metrics.Device), new("Horizon, days", Count(options.Horizon)),
                new("Window, days", Count(options.Window)), new("Size of the state", Count(options.Hidden)),
            ])
            .WithAttribution(options.Data is { } path
                ? $"The file {Path.GetFileName(path)}."
                : "Simulated: the daily demand for electricity of an imagined town, with growth, a yearly and a weekly season, and noise that "
                    + "persists "
                    + "and is largest in winter.")
            .Save(Path.Combine(folder, Report.FileName));

        IReadOnlyList<string> Row(string name, Func<ForecastEvaluation, string> text) => [name, text(metrics.Network), text(metrics.SeasonalNaive)];
    }

    private static string Verdict(SeriesMetrics metrics)
    {
        double change = metrics.Network.Crps / metrics.SeasonalNaive.Crps - 1;
        return $"The CRPS is {Quantity(metrics.Network.Crps)}, {Percent(Math.Abs(change))} {(change < 0 ? "below" : "above")} that of the seasonal "
            + $"naive forecast, {Quantity(metrics.SeasonalNaive.Crps)}.";
    }
}
