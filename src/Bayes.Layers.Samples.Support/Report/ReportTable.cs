namespace Bayes.Layers.Samples.Support.Report;

/// <summary>A table of the report: the first column names the rows.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Columns">Names of the columns, with that of the first.</param>
/// <param name="Rows">The rows, each with a text for every column.</param>
/// <param name="Note">Text below the table; may be empty.</param>
internal sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string Note);
