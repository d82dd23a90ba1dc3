using System.CommandLine;
using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Benchmarks.Reports;
using Bayes.Layers.Benchmarks.Work;
using Bayes.Layers.Samples.Support.CommandLine;
using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Benchmarks.Commands;

/// <summary>The main cases in a minute: the library compared with the loop by hand.</summary>
internal static class QuickCommand
{
    public static Command Create(TextWriter output)
    {
        var file = new Option<string?>("--output") { Description = "File for the numbers, as JSON; none by default.", HelpName = "file" };
        CommandOptions.RefuseBlank(file);
        var device = DeviceOption.Create();
        var command =
            new Command("quick", "The main cases in about a minute: medians and memory of the library and of the loop by hand, and their ratios.");
        command.Options.Add(file);
        command.Options.Add(device);
        command.SetAction(parsed => Run(parsed.GetValue(file), parsed.GetValue(device)!, output));
        return command;
    }

    private static void Run(string? path, string device, TextWriter output)
    {
        // Reports a read-only folder before the minute, not after it.
        if (path is not null)
            OutputFolder.Prepare(Path.GetDirectoryName(Path.GetFullPath(path))!);
        output.WriteLine($"{Machine.Describe(device)}");
        output.WriteLine($"{"",-16} {"Bayes.Layers",14} {"by hand",14} {"times as fast",14}");
        var results = new List<CaseResult>();
        foreach (var each in Cases.Quick)
        {
            var result = CaseResult.Measure(each, device, Rounds.Quick, withBounds: false);
            results.Add(result);
            Write(
                result.Key, Readable.Duration(result.Library.Median / result.Units), Readable.Duration(result.Baseline.Median / result.Units),
                Readable.Ratio(result.Speedup), result.Title);
        }
        var memory = new List<MemoryResult>();
        // Resident memory is only the CPU's.
        if (device == "cpu")
        {
            output.WriteLine($"{"",-16} {"at most",14} {"by hand",14} {"of it",14}");
            foreach (var each in Cases.Prediction)
            {
                var result = MemoryResult.Measure(each, device);
                memory.Add(result);
                Write(result.Key, Readable.Mebibytes(result.Library.ResidentBytes), Readable.Mebibytes(result.Baseline.ResidentBytes),
                    Readable.Ratio(result.Share), result.Title);
            }
        }
        if (path is null)
            return;
        WholeFile.Write(path, QuickFile.Text(results, memory));
        output.WriteLine($"The numbers are in {path}.");

        void Write(string key, string library, string baseline, string ratio, string title) =>
            output.WriteLine($"{key,-16} {library,14} {baseline,14} {ratio,14}   {title}");
    }
}
