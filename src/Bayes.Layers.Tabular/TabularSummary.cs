using System.Globalization;

namespace Bayes.Layers.Tabular;

/// <summary>Says what was done to the columns of a table.</summary>
/// <param name="Rows">The number of training rows.</param>
/// <param name="Columns">What was done to each column of features.</param>
public sealed record TabularSummary(int Rows, IReadOnlyList<ColumnSummary> Columns)
{
    /// <summary>Gets the networks that were trained; empty before.</summary>
    public IReadOnlyList<MemberSummary> Members { get; init; } = [];

    /// <summary>Gets the number of features.</summary>
    public int Features => Columns.Sum(column => column.Features);

    /// <summary>Returns a table of text with a line for each column, and one for each network.</summary>
    public override string ToString()
    {
        string[][] lines =
        [
            ["column", "kind", "features", "missing", "values"],
            .. Columns.Select(column => new[] { column.Column, $"{column.Kind}", Text(column.Features), Text(column.Missing), column.Values }),
        ];
        int[] widths = [.. Enumerable.Range(0, lines[0].Length - 1).Select(index => lines.Max(line => line[index].Length))];
        return $"{TextValues.Count(Rows, "row")}, {TextValues.Count(Features, "feature")} of {TextValues.Count(Columns.Count, "column")}\n"
            + string.Join('\n', lines.Select(line => Line(line, widths)).Concat(Members.Select(member => $"{member}")));
    }

    // Names to the left, counts to the right.
    private static string Line(string[] cells, int[] widths) => string.Join("  ", cells.Select((cell, index) =>
        index >= widths.Length ? cell : index < 2 ? cell.PadRight(widths[index]) : cell.PadLeft(widths[index])));

    private static string Text(int count) => count.ToString(CultureInfo.InvariantCulture);
}
