using Bayes.Layers.Reports;
using static Bayes.Layers.Reports.Predictions.NumberText;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Tabular;

/// <summary>The tabular sample on one page.</summary>
internal static class TabularReport
{
    /// <summary>Writes report.html.</summary>
    public static void Write(string folder, TabularOptions options, TabularData data, TabularMetrics metrics)
    {
        (string Name, double? Mean, double? Error, Func<SplitResult, double?> Value, Func<double?, string> Text)[] columns =
        [
            ("RMSE", metrics.RmseMean, metrics.RmseSe, split => split.Rmse, Quantity),
            ("log density, nats", metrics.LogDensityMean, metrics.LogDensitySe, split => split.LogDensity, Share),
            ("95\u00A0% intervals cover", metrics.Coverage95Mean, null, split => split.Coverage95, Percent),
            ("accuracy", metrics.AccuracyMean, metrics.AccuracySe, split => split.Accuracy, Share),
            ("negative log-likelihood, nats", metrics.NllMean, metrics.NllSe, split => split.Nll, Share),
            ("calibration error of the confidence, 10 bins", metrics.EceMean, metrics.EceSe, split => split.Ece, Share),
        ];
        columns = [.. columns.Where(column => column.Mean is not null)];
        int rows = metrics.EverySplit.Sum(split => split.Predicted.Targets.Length);
        PageOf(options, data, metrics.EverySplit)
            .WithTitle($"{options.Target} in {Path.GetFileName(options.Data)}")
            .WithLead(
                $"Bayesian neural networks learned to predict {MessageText.Quote(options.Target)} from {Count(metrics.Features)} features of "
                + $"{Count(metrics.Rows)} rows, anew for each of {Count(metrics.Splits)} random splits. The large numbers are means over the "
                + $"splits; figures and metrics are of all {Count(rows)} predictions of test rows together.")
            .WithHeadlines(columns.Select(column => new ReportMetric(column.Name, column.Text(column.Mean))))
            .WithAppendix(new ReportSection("Splits")
            {
                Introduction = $"Each split keeps {Percent(options.TestFraction)} of the rows to test. A row is among the predictions once for "
                    + "each split that tests it.",
                Paragraphs = metrics.Notes,
                Tables =
                [
                    new ReportTable(
                        "Every split", ["split", .. columns.Select(column => column.Name)],
                        [
                            ["mean ± standard error", .. columns.Select(column => column.Text(column.Mean) + Spread(column.Error))],
                            .. metrics.EverySplit.Select(split => (IReadOnlyList<string>)
                                [Count(split.Split), .. columns.Select(column => column.Text(column.Value(split)))]),
                        ],
                        data.Classes.Count > 0 ? ""
                            : "The log density is that of the mixture of all networks; the metrics above are of normal distributions with its "
                                + "moments."),
                ],
            })
            .WithSettings(
                new ReportSetting("Task", metrics.Task), new ReportSetting("Rows", Count(metrics.Rows)),
                new ReportSetting("Features", Count(metrics.Features)), new ReportSetting("Splits", Count(metrics.Splits)),
                new ReportSetting("Share that tests", Setting(metrics.TestFraction)), new ReportSetting("Hidden units", OrByRows(metrics.Hidden)),
                new ReportSetting("Epochs", OrByRows(metrics.Epochs)), new ReportSetting("Draws", Count(options.Samples)),
                new ReportSetting("Seed", Count(metrics.Seed)), new ReportSetting("Seconds", Quantity(Math.Round(metrics.Seconds, 1))))
            .WithAttribution($"The file {Path.GetFileName(options.Data)}.")
            .Save(Path.Combine(folder, Report.FileName));
    }

    private static string OrByRows(int? count) => count is { } known ? Count(known) : "by the number of rows";

    private static string Spread(double? error) => error is { } known ? $" ± {FormattableString.Invariant($"{known:G2}")}" : "";

    private static Report PageOf(TabularOptions options, TabularData data, IReadOnlyList<SplitResult> splits)
    {
        using var scope = NewDisposeScope();
        var targets = tensor(All(splits, predicted => predicted.Targets));
        var mean = tensor(All(splits, predicted => predicted.Mean));
        if (data.Classes.Count == 0)
            return Report.OfNormal(mean, tensor(All(splits, predicted => predicted.Stddev)), targets).WithTarget(options.Target);

        // Two classes have a single probability.
        var probability = mean.reshape(targets.shape[0], data.Classes.Count);
        var report = data.Classes.Count == 2
            ? Report.OfProbabilities(probability.select(1, 1), targets)
            : Report.OfProbabilities(probability, targets.to(int64));
        return report.WithClassNames(data.Classes);
    }

    private static double[] All(IEnumerable<SplitResult> splits, Func<TestPrediction, double[]> values) =>
        [.. splits.SelectMany(split => values(split.Predicted))];
}
