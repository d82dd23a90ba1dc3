namespace Bayes.Layers.Reports;

/// <summary>A table of a report. The first column names the rows.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Columns">The names of the columns, with that of the first.</param>
/// <param name="Rows">The rows, each with a text for every column.</param>
/// <param name="Note">A text below the table; may be empty.</param>
public sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string Note = "")
{
    /// <summary>Gets whether the cells hold words, which begin at the left; false by default, for numbers.</summary>
    public bool HasWords { get; init; }

    /// <summary>Gets how dark a cell is, in [0, 1], by its row and its column after the first; null for a table without shades.</summary>
    internal Func<int, int, double>? Shade { get; init; }
}
