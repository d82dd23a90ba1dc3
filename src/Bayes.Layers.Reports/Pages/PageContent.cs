namespace Bayes.Layers.Reports.Pages;

/// <summary>What a page shows, in order. All text is plain, and empty parts are left out.</summary>
internal sealed record PageContent
{
    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>The paragraph about what was done.</summary>
    public string Lead { get; init; } = "";

    /// <summary>The most important numbers, which stand large at the top.</summary>
    public IReadOnlyList<ReportMetric> Headlines { get; init; } = [];

    /// <summary>The results in words, a sentence or two each.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>The sections.</summary>
    public IReadOnlyList<ReportSection> Sections { get; init; } = [];

    /// <summary>The settings of the run.</summary>
    public IReadOnlyList<ReportSetting> Settings { get; init; } = [];

    /// <summary>Source and licence of the data.</summary>
    public string Attribution { get; init; } = "";
}
