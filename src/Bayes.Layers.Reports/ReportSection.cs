namespace Bayes.Layers.Reports;

/// <summary>A section of a report: a heading, a sentence or two, figures, more text and tables, in this order. Empty parts are left out.</summary>
/// <param name="Title">The heading.</param>
public sealed record ReportSection(string Title)
{
    /// <summary>Gets the text before the figures: what they show, in a sentence or two.</summary>
    public string Introduction { get; init; } = "";

    /// <summary>Gets the figures. A figure with several panels has a row of its own.</summary>
    public IReadOnlyList<ReportFigure> Figures { get; init; } = [];

    /// <summary>Gets the text after the figures, a paragraph each.</summary>
    public IReadOnlyList<string> Paragraphs { get; init; } = [];

    /// <summary>Gets numbers, each with its meaning.</summary>
    public IReadOnlyList<ReportMetric> Metrics { get; init; } = [];

    /// <summary>Gets the tables.</summary>
    public IReadOnlyList<ReportTable> Tables { get; init; } = [];
}
