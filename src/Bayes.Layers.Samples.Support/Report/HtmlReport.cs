using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Samples.Support.Report;

/// <summary>A run on one page that holds all it needs: no network, no scripts, no other file.</summary>
/// <remarks>All text is plain, and what is empty is left out. The same content gives the same file.</remarks>
internal sealed record HtmlReport
{
    /// <summary>The usual name of the file.</summary>
    public const string FileName = "report.html";

    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>The paragraph that says what was done.</summary>
    public required string Introduction { get; init; }

    /// <summary>What came out, a paragraph each.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>The numbers.</summary>
    public IReadOnlyList<ReportMetric> Metrics { get; init; } = [];

    /// <summary>The figures, in order. One much wider than high has a row of its own.</summary>
    public IReadOnlyList<ReportFigure> Figures { get; init; } = [];

    /// <summary>A table of the layers as text in columns.</summary>
    public string Diagnostics { get; init; } = "";

    /// <summary>The settings of the run.</summary>
    public IReadOnlyList<ReportSetting> Settings { get; init; } = [];

    /// <summary>Whose the data are, and under which licence.</summary>
    public string Attribution { get; init; } = "";

    /// <summary>Writes the page whole or not at all.</summary>
    /// <exception cref="ArgumentException">A figure has no alternative text.</exception>
    /// <exception cref="InvalidDataException">A figure is no PNG file.</exception>
    /// <exception cref="IOException">A figure cannot be read, or the page cannot be written.</exception>
    public void Write(string path) => WholeFile.Write(path, HtmlPage.Of(this));
}
