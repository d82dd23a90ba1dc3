using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>One question of a report.</summary>
/// <param name="Title">The question.</param>
/// <param name="Cases">Its cases.</param>
/// <param name="Rounds">The rounds for each case.</param>
internal sealed record Section(string Title, IReadOnlyList<Case> Cases, Rounds Rounds)
{
    /// <summary>All sections.</summary>
    public static IReadOnlyList<Section> All { get; } =
    [
        new("Monte Carlo prediction", Work.Cases.Prediction, Rounds.Thorough),
        new("A training step", Work.Cases.Training, Rounds.Thorough),
        new("Prediction by draws", Work.Cases.ByDraws, Rounds.Curve),
        new("Prediction by batch", Work.Cases.ByBatch, Rounds.Curve),
        new("Prediction by width", Work.Cases.ByWidth, Rounds.Curve),
        new("Noise", Work.Cases.Noise, Rounds.Curve),
        new("The KL divergence of a large model", Work.Cases.KlDivergence, Rounds.Curve),
    ];
}
