using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Samples.Support.Report;

/// <summary>A report of a run on one page that needs no network, no scripts and no other file.</summary>
/// <remarks>All text is plain, and empty parts are left out. The same content gives the same file.</remarks>
internal sealed record HtmlReport
{
    /// <summary>Usual name of the file.</summary>
    public const string FileName = "report.html";

    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>The paragraph about what was done.</summary>
    public required string Introduction { get; init; }

    /// <summary>The results in words, a paragraph each.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>The numbers.</summary>
    public IReadOnlyList<ReportMetric> Metrics { get; init; } = [];

    /// <summary>Tables with several columns, in order, before the figures.</summary>
    public IReadOnlyList<ReportTable> Tables { get; init; } = [];

    /// <summary>The figures, in order. A figure that is much wider than high has a row of its own.</summary>
    public IReadOnlyList<ReportFigure> Figures { get; init; } = [];

    /// <summary>A table of the layers as text in columns.</summary>
    public string Diagnostics { get; init; } = "";

    /// <summary>The settings of the run.</summary>
    public IReadOnlyList<ReportSetting> Settings { get; init; } = [];

    /// <summary>Source and licence of the data.</summary>
    public string Attribution { get; init; } = "";

    /// <summary>Writes the page completely or not at all.</summary>
    /// <exception cref="ArgumentException">A figure has no alternative text.</exception>
    /// <exception cref="InvalidDataException">A figure is not a PNG file.</exception>
    /// <exception cref="IOException">A figure cannot be read, or the page cannot be written.</exception>
    public void Write(string path) => WholeFile.Write(path, HtmlPage.Of(this));
}
