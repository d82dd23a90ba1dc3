using System.Text;
using Bayes.Layers.Reports;

namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>The results as Markdown.</summary>
internal static class MarkdownPage
{
    public const string Name = "results.md";

    /// <summary>Returns the page.</summary>
    public static string Of(ResultsTables tables)
    {
        var text = new StringBuilder($"# {ResultsTables.Title}\n{ResultsTables.Lead}\n\n");
        Add(text, tables.LogDensities);
        Add(text, tables.Errors);
        foreach (string set in tables.SetNames)
        {
            Add(text, tables.Of(set));
            if (tables.DifferencesOf(set) is { } differences)
                Add(text, differences);
        }
        text.Append($"{ResultsTables.AboutTimes}\n\n{ResultsTables.AboutDifferences}\n\n");
        Add(text, tables.Methods);
        text.Append($"{ResultsTables.AboutPublished}\n\n");
        Add(text, tables.Sources);
        foreach (string caveat in PublishedResults.Caveats)
            text.Append($"- {caveat}\n");
        return text.ToString();
    }

    private static void Add(StringBuilder text, ReportTable table)
    {
        text.Append($"## {table.Title}\n");
        AddRow(text, table.Columns);
        text.Append($"|{string.Concat(table.Columns.Select((_, column) => column == 0 || table.HasWords ? "---|" : "---:|"))}\n");
        foreach (var row in table.Rows)
            AddRow(text, row);
        text.Append(table.Note.Length > 0 ? $"\n{table.Note}\n\n" : "\n");
    }

    private static void AddRow(StringBuilder text, IEnumerable<string> cells) => text.Append($"| {string.Join(" | ", cells)} |\n");
}
