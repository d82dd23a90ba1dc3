using System.Globalization;
using System.Text;
using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>A report as a page of Markdown.</summary>
internal static class MarkdownReport
{
    /// <summary>Returns the page.</summary>
    /// <param name="reports">One for each device.</param>
    /// <param name="date">The date of the measurement.</param>
    /// <param name="command">The command that repeats it.</param>
    /// <param name="leftOut">The missing devices and the reason; null if none was missing.</param>
    /// <param name="figures">Titles and file names of the figures.</param>
    public static string Text(IReadOnlyList<DeviceReport> reports, DateOnly date, string command, string? leftOut,
        IReadOnlyList<(string Title, string File)> figures)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Benchmarks, {date:yyyy-MM-dd}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Repeat with `{command}`.\n\n");
        text.Append(
            "Medians of rounds in which the variants take turns within one process. PyTorch runs right after them in a separate process; its time "
            + "is the shorter of those on one thread and on all. \"By hand\" is the usual loop in TorchSharp; \"PyTorch\" is the same loop there. "
            + "The parts are the unavoidable work (matrix products or convolutions, activations, as many random numbers), each done alone by "
            + "libtorch; the last column compares with the longest. Before timing, the library's results were checked against those by hand.\n");
        foreach (var report in reports)
            Add(text, report);
        if (leftOut is not null)
            text.Append(CultureInfo.InvariantCulture, $"\n{leftOut}\n");
        foreach (var (title, file) in figures)
            text.Append(CultureInfo.InvariantCulture, $"\n![{title}]({file})\n");
        return text.ToString();
    }

    private static void Add(StringBuilder text, DeviceReport report)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## On {report.Device}\n\n");
        foreach (var fact in report.Facts.Skip(1))
            text.Append(CultureInfo.InvariantCulture, $"- {fact.Name}: {fact.Value}\n");
        text.Append(CultureInfo.InvariantCulture, $"- {report.PyTorch}\n");
        foreach (var section in report.Sections)
            Add(text, section);
        if (report.Memory.Count > 0)
            Add(text, report.Memory);
    }

    private static void Add(StringBuilder text, SectionResult section)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n### {section.Title}\n\n");
        text.Append("| work | by hand | Bayes.Layers | times as fast | PyTorch | times as fast | parts alone | time over the longest part |\n"
            + "|---|---|---|---|---|---|---|---|\n");
        foreach (var result in section.Cases)
            text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", Cells(result))} |\n");
        if (section.Cases.Any(result => result.Units > 1))
            text.Append("\nTimes of training are those of a step. By hand and in PyTorch weights are drawn, whatever the estimator.\n");
        foreach (string word in section.NotTimed)
            text.Append(CultureInfo.InvariantCulture, $"\n{word}\n");
    }

    private static IEnumerable<string> Cells(CaseResult result)
    {
        string Each(double seconds) => Readable.Duration(seconds / result.Units);
        yield return result.Title;
        yield return Each(result.Baseline.Median);
        yield return $"**{Each(result.Library.Median)}**";
        yield return $"**{Readable.Ratio(result.Speedup)}**";
        var best = result.BestPyTorch;
        yield return best is null ? "" : $"{Each(best.Seconds)} ({best.Threads} thread{(best.Threads == 1 ? "" : "s")})";
        yield return best is null ? "" : Readable.Ratio(best.Seconds / result.Library.Median);
        yield return string.Join(", ", result.Bounds.Select(bound => $"{bound.Name} {Each(bound.Timing.Median)}"));
        yield return result.LongestBound is { } longest ? Readable.Ratio(result.Library.Median / longest.Timing.Median) : "";
    }

    private static void Add(StringBuilder text, IReadOnlyList<MemoryResult> memory)
    {
        text.Append("\n### Memory of a prediction\n\n"
            + "One call in a fresh process: the highest resident memory minus that before the call, and the managed memory allocated.\n\n"
            + "| work | by hand, resident | Bayes.Layers, resident | share | by hand, .NET | Bayes.Layers, .NET |\n|---|---|---|---|---|---|\n");
        foreach (var result in memory)
        {
            var (_, title, baseline, library) = result;
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {title} | {Readable.Mebibytes(baseline.ResidentBytes)} | **{Readable.Mebibytes(library.ResidentBytes)}** | "
                + $"**{result.Share:0.000}** | {Readable.Mebibytes(baseline.AllocatedBytes)} | {Readable.Mebibytes(library.AllocatedBytes)} |\n");
        }
    }
}
