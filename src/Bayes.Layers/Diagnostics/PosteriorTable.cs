using System.Globalization;
using System.Text;

namespace Bayes.Layers.Diagnostics;

/// <summary>Formats diagnostics as a table with lines of equal length, at most <see cref="MaximumWidth"/> characters wide.</summary>
internal static class PosteriorTable
{
    public const int MaximumWidth = 100;

    private const int MinimumNameWidth = 12;
    private const int BinWidth = 4;
    private const string Gap = "  ";
    private const string Ellipsis = "...";

    // The first column is left-aligned, the others are right-aligned. The last holds all bins, from one edge to the next.
    private static readonly string[][] Header =
    [
        ["", "", "", "KL", "mean", "median", "% with SNR |mu|/sigma in dB"],
        ["", "", "KL", "/weight", "sigma", "SNR", Bins(Edges().Prepend("-inf"))],
        ["", "weights", "nats", "nats", "/prior", "dB", Bins(Edges().Append("inf"))],
    ];

    public static string Of(PosteriorDiagnostics diagnostics)
    {
        List<string[]> parameters = [.. diagnostics.Layers.SelectMany(layer => layer.Parameters).Select(Row)];
        List<string[]> totals = [];
        if (diagnostics.OtherKlDivergence is { } other)
            totals.Add(["others", "", NumberText.Of(other), "", "", "", ""]);
        totals.Add(
        [
            "total", NumberText.Whole(diagnostics.Count), NumberText.Of(diagnostics.KlDivergence), NumberText.Of(diagnostics.KlPerWeight), "", "",
            Bins(diagnostics.SignalToNoise),
        ]);

        int[] widths = Widths([.. Header, .. parameters, .. totals]);
        string rule = new('-', widths.Sum() + Gap.Length * (widths.Length - 1));
        var lines = Header.Concat(parameters).Concat(totals).Select(row => Line(row, widths)).ToList();
        lines.Insert(Header.Length, rule);
        lines.Insert(lines.Count - totals.Count, rule);
        return string.Join('\n', lines);
    }

    private static string[] Row(ParameterDiagnostics parameter) =>
    [
        parameter.Name, parameter.SharedWith is null ? NumberText.Whole(parameter.Count) : "shared",
        NumberText.Of(parameter.KlDivergence), NumberText.Of(parameter.KlPerWeight),
        parameter.StddevRatio is { } ratio ? NumberText.Of(ratio) : "-", NumberText.Decibels(parameter.MedianSignalToNoise),
        Bins(parameter.SignalToNoise),
    ];

    private static int[] Widths(IReadOnlyList<string[]> rows)
    {
        int[] widths = [.. Enumerable.Range(0, Header[0].Length).Select(column => rows.Max(row => row[column].Length))];
        int others = widths.Skip(1).Sum(width => Gap.Length + width);
        widths[0] = Math.Min(widths[0], Math.Max(MaximumWidth - others, MinimumNameWidth));
        return widths;
    }

    private static string Line(string[] row, int[] widths)
    {
        var line = new StringBuilder(Shortened(row[0], widths[0]).PadRight(widths[0]));
        for (int column = 1; column < row.Length; column++)
            line.Append(Gap).Append(row[column].PadLeft(widths[column]));
        return line.ToString();
    }

    // The end of a path is more informative than its beginning.
    private static string Shortened(string name, int width) => name.Length <= width ? name : Ellipsis + name[^(width - Ellipsis.Length)..];

    private static string Bins(SignalToNoiseHistogram histogram)
    {
        long total = histogram.Total;
        return Bins(histogram.Counts.Select(count => NumberText.PerCent(count, total)));
    }

    private static string Bins(IEnumerable<string> cells) => string.Join(' ', cells.Select(cell => cell.PadLeft(BinWidth)));

    private static IEnumerable<string> Edges() => SignalToNoiseHistogram.Edges.Select(edge => edge.ToString(CultureInfo.InvariantCulture));
}
