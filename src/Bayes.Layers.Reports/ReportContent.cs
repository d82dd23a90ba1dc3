using Bayes.Layers.Diagnostics;
using Bayes.Layers.Reports.Pages;
using Bayes.Layers.Reports.Predictions;
using Bayes.Layers.Training;

namespace Bayes.Layers.Reports;

/// <summary>What a report holds, and the page that it makes of it.</summary>
internal sealed record ReportContent
{
    public string? Title { get; init; }

    public string Lead { get; init; } = "";

    public EvaluatedPrediction? Prediction { get; init; }

    /// <summary>The prediction itself, to compare with unseen rows; not owned.</summary>
    public Predictive? Known { get; init; }

    public ReportNames Names { get; init; } = ReportNames.Default;

    public IReadOnlyList<ReportMetric>? Headlines { get; init; }

    public IReadOnlyList<string> Findings { get; init; } = [];

    public IReadOnlyList<ReportMetric> Metrics { get; init; } = [];

    public IReadOnlyList<ReportSection> Sections { get; init; } = [];

    public IReadOnlyList<ReportSection> Appendices { get; init; } = [];

    public IReadOnlyList<ReportSection> Unseen { get; init; } = [];

    public TrainingHistory? Training { get; init; }

    public PosteriorDiagnostics? Diagnostics { get; init; }

    public IReadOnlyList<ReportSetting> Settings { get; init; } = [];

    public string Attribution { get; init; } = "";

    /// <summary>The heading.</summary>
    public string Heading => Title
        ?? (Prediction is null ? "Report" : $"A Bayesian neural network on {NumberText.Count(Prediction.Count)} examples");

    /// <summary>Returns the page.</summary>
    public PageContent ToPage() => new()
    {
        Title = Heading,
        Lead = Lead,
        Headlines = Headlines ?? Prediction?.Headlines(Names) ?? [],
        Findings = [.. Prediction?.Findings(Names) ?? [], .. Findings],
        Sections =
        [
            .. Sections, .. Prediction?.Sections(Names) ?? [], .. MetricSection(), .. Unseen, .. TrainingSections(), .. PosteriorSections(),
            .. Appendices,
        ],
        Settings = Settings,
        Attribution = Attribution,
    };

    private IEnumerable<ReportSection> MetricSection()
    {
        ReportMetric[] all = [.. Prediction?.Metrics(Names) ?? [], .. Metrics];
        if (all.Length > 0)
            yield return new ReportSection("Metrics") { Metrics = all };
    }

    private IEnumerable<ReportSection> TrainingSections() => Training is { } history ? [TrainingSection.Of(history)] : [];

    private IEnumerable<ReportSection> PosteriorSections() => Diagnostics is { } diagnostics ? [PosteriorSection.Of(diagnostics)] : [];
}
