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
            + "is the shorter of those on one thread and on all. \"By hand\" is the usual loop in TorchSharp, by the same estimator; \"PyTorch\" is "
            + "the same loop there, \"compiled\" with `torch.compile`. \"Plain\" is the network without distributions: one step of its own, or as "
            + "many passes as there are draws. "
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

    // A column that no case of the section fills is left out.
    private static void Add(StringBuilder text, SectionResult section)
    {
        Column[] columns =
        [
            new("work", (result, _) => result.Title),
            new("by hand", (result, each) => each(result.Baseline.Median)),
            new("Bayes.Layers", (result, each) => $"**{each(result.Library.Median)}**"),
            new("times as fast", (result, _) => $"**{Readable.Ratio(result.Speedup)}**"),
            .. Optional(result => result.Plain is not null,
                new("plain", (result, each) => result.Plain is { } plain ? each(plain.Median) : ""),
                new("time over plain", (result, _) => result.OverPlain is { } times ? $"**{Readable.Ratio(times)}**" : "")),
            .. PyTorch("PyTorch", result => result.BestPyTorch),
            .. Optional(result => result.BestCompiled is not null, PyTorch("compiled", result => result.BestCompiled)),
            new("parts alone", (result, each) =>
                string.Join(", ", result.Bounds.Select(bound => $"{bound.Name} {each(bound.Timing.Median)}"))),
            new("time over the longest part", (result, _) =>
                result.LongestBound is { } longest ? Readable.Ratio(result.Library.Median / longest.Timing.Median) : ""),
        ];
        text.Append(CultureInfo.InvariantCulture, $"\n### {section.Title}\n\n");
        AddRow(text, columns.Select(column => column.Name));
        text.Append(CultureInfo.InvariantCulture, $"|{string.Concat(columns.Select(_ => "---|"))}\n");
        foreach (var result in section.Cases)
            AddRow(text, columns.Select(column => column.Cell(result, seconds => Readable.Duration(seconds / result.Units))));
        if (section.Cases.Any(result => result.Units > 1))
            text.Append("\nTimes of training are those of a step.\n");
        foreach (string word in section.NotTimed.Concat(section.NotCompiled))
            text.Append(CultureInfo.InvariantCulture, $"\n{word}\n");

        Column[] Optional(Func<CaseResult, bool> has, params Column[] given) => section.Cases.Any(has) ? given : [];
    }

    private static Column[] PyTorch(string name, Func<CaseResult, PyTorchTiming?> best) =>
    [
        new(name, (result, each) =>
            best(result) is { } timing ? $"{each(timing.Seconds)} ({timing.Threads} thread{(timing.Threads == 1 ? "" : "s")})" : ""),
        new("times as fast", (result, _) => best(result) is { } timing ? Readable.Ratio(timing.Seconds / result.Library.Median) : ""),
    ];

    private static void AddRow(StringBuilder text, IEnumerable<string> cells) =>
        text.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", cells)} |\n");

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

    /// <summary>A column of a table: its name, and its cell for a case, which formats a duration per unit.</summary>
    private sealed record Column(string Name, Func<CaseResult, Func<double, string>, string> Cell);
}
