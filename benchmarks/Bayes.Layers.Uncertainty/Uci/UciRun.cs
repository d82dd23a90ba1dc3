using System.Diagnostics;
using Bayes.Layers.Uncertainty.Methods;
using static TorchSharp.torch;

namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>The benchmark from the files to the tables, as the command runs it.</summary>
internal static class UciRun
{
    /// <summary>Runs the splits that the output folder does not have, and reports all. After Ctrl-C, reports those that are finished.</summary>
    /// <exception cref="InvalidOperationException">A method failed on a split; the others were run and reported.</exception>
    public static void Run(UciOptions options, ProgramConsole console)
    {
        var sets = UciFolder.Read(options.Data, options.Sets);
        var methods = options.Methods.Count == 0
            ? UncertaintyMethods.All
            : [.. options.Methods.Select(name => UncertaintyMethods.All.Single(method => method.Name == name))];
        string folder = OutputFolder.Prepare(options.Output);
        var screen = options.Quiet ? TextWriter.Null : console.Output;
        var file = new SplitFile(folder);
        foreach (var set in sets)
            file.Refuse(set, options.Seed);

        var failures = new List<string>();
        int threads = get_num_threads();
        set_num_threads(options.Threads);
        try
        {
            using (console.Interrupt.Listen())
                foreach (var set in sets)
                    RunSet(options, set, methods, file, failures, screen, console.Interrupt.Token);
        }
        catch (OperationCanceledException) when (console.Interrupt.Token.IsCancellationRequested)
        {
            screen.WriteLine(file.Scores.Count > 0 ? "Stopped; the finished splits are reported." : "Stopped before a split was finished.");
        }
        finally
        {
            set_num_threads(threads);
        }
        if (file.Scores.Count > 0)
        {
            var results = new UciResults(file.Scores);
            results.Write(folder);
            screen.WriteLine();
            screen.Write(results.ToText());
            screen.WriteLine($"Written to {folder}: {SplitFile.Name}, {string.Join(", ", UciResults.Files)}");
        }
        if (failures.Count > 0)
            throw new InvalidOperationException($"{failures.Count} splits failed; the first: {failures[0]}");
    }

    private static void RunSet(
        UciOptions options, UciSet set, IReadOnlyList<UncertaintyMethod> methods, SplitFile file, List<string> failures, TextWriter screen,
        CancellationToken cancellationToken)
    {
        int count = Math.Min(options.Splits, CanonicalSplits.CountOf(set.Name));
        screen.WriteLine($"{set.Name}: {set.Targets.Length} rows, {set.InputNames.Count} inputs, {count} splits");
        foreach (var (index, split) in CanonicalSplits.Of(set.Targets.Length, (uint)options.Seed).Take(count).Index())
            foreach (var method in methods.Where(method => !file.Has(set.Name, method.Name, index)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    var score = RunSplit(options, set, split, index, method, cancellationToken);
                    file.Add(score);
                    screen.WriteLine(FormattableString.Invariant(
                        $"{set.Name} {index,2} | {method.Name,-16} | RMSE {score.Rmse,-7:G4} | log density {score.LogDensity,6:F3} | ")
                        + FormattableString.Invariant($"95 % intervals cover {score.Coverage95:P1} | {score.Seconds:F1} s"));
                }
                catch (Exception exception) when (exception is not (OperationCanceledException or IOException or UnauthorizedAccessException))
                {
                    failures.Add($"{method.Name} on split {index} of {set.Name}: {CommandLineProgram.OneLine(exception)}");
                    screen.WriteLine($"{set.Name} {index,2} | {method.Name,-16} | failed: {CommandLineProgram.OneLine(exception)}");
                }
            }
    }

    private static SplitScore RunSplit(
        UciOptions options, UciSet set, TrainTestSplit split, int index, UncertaintyMethod method, CancellationToken cancellationToken)
    {
        var rows = set.RowsOf(split);
        using var process = Process.GetCurrentProcess();
        TimeSpan before = process.TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        using var predicted = method.Predict(rows, SeedStreams.For(options.Seed, $"{set.Name}, split {index}"), cancellationToken);
        var (rmse, logDensity, coverage) = SplitScore.Of(predicted, [.. split.Test.Select(row => set.Targets[row])]);
        double seconds = watch.Elapsed.TotalSeconds;
        process.Refresh();
        return new SplitScore
        {
            Set = set.Name,
            Method = method.Name,
            Split = index,
            Rmse = rmse,
            LogDensity = logDensity,
            Coverage95 = coverage,
            Seconds = seconds,
            ProcessorSeconds = (process.TotalProcessorTime - before).TotalSeconds,
            TrainRows = split.Train.Length,
            TestRows = split.Test.Length,
            Seed = options.Seed,
            Data = set.Fingerprint,
        };
    }
}
