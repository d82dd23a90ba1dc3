using System.CommandLine;
using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Benchmarks.Reports;
using Bayes.Layers.Benchmarks.Work;
using Bayes.Layers.Reports.Pages;
using Bayes.Layers.Samples.Support.CommandLine;
using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Benchmarks.Commands;

/// <summary>The main cases in two minutes: the library compared with the loop by hand and with the plain network.</summary>
internal static class QuickCommand
{
    public static Command Create(TextWriter output)
    {
        var file = new Option<string?>("--output") { Description = "File for the numbers, as JSON; none by default.", HelpName = "file" };
        CommandOptions.RefuseBlank(file);
        var device = DeviceOption.Create();
        var command =
            new Command("quick",
                "The main cases in about two minutes: medians and memory of the library, of the loop by hand and of the plain network, and ratios.");
        command.Options.Add(file);
        command.Options.Add(device);
        command.SetAction(parsed => Run(parsed.GetValue(file), parsed.GetValue(device)!, output));
        return command;
    }

    private static void Run(string? path, string device, TextWriter output)
    {
        // Reports a read-only folder before the measurements, not after them.
        if (path is not null)
            OutputFolder.Prepare(Path.GetDirectoryName(Path.GetFullPath(path))!);
        output.WriteLine($"{Machine.Describe(device)}");
        Write("", "Bayes.Layers", "by hand", "times as fast", "plain", "over plain", "");
        var results = new List<CaseResult>();
        foreach (var each in Cases.Quick)
        {
            var result = CaseResult.Measure(each, device, Rounds.Quick, withBounds: false);
            results.Add(result);
            Write(
                result.Key, Readable.Duration(result.Library.Median / result.Units), Readable.Duration(result.Baseline.Median / result.Units),
                Readable.Ratio(result.Speedup), result.Plain is { } plain ? Readable.Duration(plain.Median / result.Units) : "",
                result.OverPlain is { } times ? Readable.Ratio(times) : "", result.Title);
        }
        var memory = new List<MemoryResult>();
        // Resident memory is only the CPU's.
        if (device == "cpu")
        {
            Write("", "at most", "by hand", "of it", "", "", "");
            foreach (var each in Cases.Prediction)
            {
                var result = MemoryResult.Measure(each, device);
                memory.Add(result);
                Write(result.Key, Readable.Mebibytes(result.Library.ResidentBytes), Readable.Mebibytes(result.Baseline.ResidentBytes),
                    Readable.Ratio(result.Share), "", "", result.Title);
            }
        }
        if (path is null)
            return;
        WholeFile.Write(path, QuickFile.Text(results, memory));
        output.WriteLine($"The numbers are in {path}.");

        void Write(string key, string library, string baseline, string ratio, string plain, string overPlain, string title) =>
            output.WriteLine($"{key,-18} {library,13} {baseline,13} {ratio,13} {plain,13} {overPlain,11}   {title}".TrimEnd());
    }
}
