using System.Diagnostics;
using System.Globalization;
using Bayes.Layers.Reports;
using Bayes.Layers.Samples.Support.Metrics;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Tabular;

/// <summary>The tabular sample from the data file to the metrics, as the command runs it.</summary>
internal static class TabularRun
{
    private const int LeastTrainingRows = 10;

    /// <summary>Runs the sample. After Ctrl-C, it reports the splits that are finished.</summary>
    public static void Run(TabularOptions options, ProgramConsole console)
    {
        var data = TabularData.Read(options.Data, options.Target, options.Task);
        int test = TrainTestSplit.TestRows(data.Rows, options.TestFraction), train = data.Rows - test;
        if (train < LeastTrainingRows)
            throw new DataFileException(
                options.Data,
                $"leaves {train} of {data.Rows} rows to train on, where at least {LeastTrainingRows} were expected; "
                + "give more rows or a smaller --test-fraction");
        var run = new RunningSample(options, console);
        var screen = run.Screen;
        foreach (string note in data.Notes)
            screen.WriteLine(note);
        string target = data.Classes.Count == 0 ? "regression" : $"classes {string.Join(", ", data.Classes.Select(MessageText.Quote))}";
        screen.WriteLine(
            $"{data.Rows} rows, {data.FeatureNames.Count} features, {target}; "
            + $"{options.Splits} splits of {train} and {test} rows{(options.Epochs > 0 ? $", {options.Epochs} epochs" : "")}");

        var watch = Stopwatch.StartNew();
        var results = run.UntilInterrupted(cancellation => RunSplits(options, data, screen, cancellation));
        if (results.Length == 0)
        {
            screen.WriteLine("Stopped before a split was finished; nothing is written.");
            return;
        }
        if (results.Length < options.Splits)
            screen.WriteLine($"Stopped after {results.Length} of {options.Splits} splits; these are reported.");
        var metrics = TabularMetrics.Of(options, data, results, watch.Elapsed.TotalSeconds);
        run.Write(metrics);
        TabularReport.Write(run.Folder, options, data, metrics);

        screen.WriteLine();
        screen.WriteLine($"Mean over {results.Length} splits ± standard error");
        Line(screen, "RMSE", metrics.RmseMean, metrics.RmseSe, "in the target's unit");
        Line(screen, "log predictive density", metrics.LogDensityMean, metrics.LogDensitySe, "nats per example, in the target's unit");
        Line(screen, "95 % intervals cover", metrics.Coverage95Mean, null, "of the targets");
        Line(screen, "accuracy", metrics.AccuracyMean, metrics.AccuracySe, "");
        Line(screen, "negative log-likelihood", metrics.NllMean, metrics.NllSe, "nats per example");
        Line(screen, "expected calibration error", metrics.EceMean, metrics.EceSe, "10 bins");
        screen.WriteLine(FormattableString.Invariant($"{metrics.Seconds:F0} s. Written to {run.Folder}: {MetricsFile.Name}, {Report.FileName}"));
    }

    private static SplitResult[] RunSplits(TabularOptions options, TabularData data, TextWriter screen, CancellationToken cancellationToken)
    {
        var results = new SplitResult?[options.Splits];
        // A network this small keeps one core busy. The splits are independent, and each has seeds of its own.
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        try
        {
            Parallel.For(0, options.Splits, parallel, split =>
            {
                set_num_threads(1);
                var result = TabularSplit.Run(options, data, split, cancellationToken);
                lock (results)
                {
                    results[split] = result;
                    screen.WriteLine(Describe(result));
                }
            });
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        catch (AggregateException exception)
        {
            throw exception.InnerExceptions[0];
        }
        return [.. results.OfType<SplitResult>()];
    }

    private static string Describe(SplitResult result) => result.Rmse is { } rmse
        ? FormattableString.Invariant(
            $"Split {result.Split,2} | RMSE {rmse:G5} | log density {result.LogDensity:F3} | 95 % intervals cover {result.Coverage95:P1}")
        : FormattableString.Invariant($"Split {result.Split,2} | accuracy {result.Accuracy:F4} | NLL {result.Nll:F4} | ECE {result.Ece:F4}");

    private static void Line(TextWriter screen, string name, double? mean, double? error, string unit)
    {
        if (mean is not { } value)
            return;
        string spread = error is { } known ? FormattableString.Invariant($" ± {known:G3}") : "";
        screen.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-27} {value:G5}{spread}  {unit}").TrimEnd());
    }
}
