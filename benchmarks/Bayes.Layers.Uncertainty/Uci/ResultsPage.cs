using Bayes.Layers.Reports;

namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>The results on one page.</summary>
internal static class ResultsPage
{
    public const string Name = "results.html";

    /// <summary>Returns the page.</summary>
    public static Report Of(UciResults results, ResultsTables tables)
    {
        var report = new Report(ResultsTables.Title).WithLead(ResultsTables.Lead)
            .WithSection(new ReportSection("All sets") { Tables = [tables.LogDensities, tables.Errors] });
        foreach (string set in results.SetNames)
            report = report.WithSection(new ReportSection(set)
            {
                Tables = tables.DifferencesOf(set) is { } differences ? [tables.Of(set), differences] : [tables.Of(set)],
            });
        return report
            .WithAppendix(new ReportSection("Methods")
            {
                Introduction = $"{ResultsTables.AboutTimes} {ResultsTables.AboutDifferences}",
                Tables = [tables.Methods],
            })
            .WithAppendix(new ReportSection("Published numbers")
            {
                Introduction = ResultsTables.AboutPublished,
                Tables = [tables.Sources],
                Paragraphs = [.. PublishedResults.Caveats],
            });
    }
}
