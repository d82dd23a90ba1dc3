using Bayes.Layers.Diagnostics;

namespace Bayes.Layers.Samples.Support.Metrics;

/// <summary>What the trained posterior is like.</summary>
/// <param name="KlDivergence">KL(q ‖ p), in nats.</param>
/// <param name="PosteriorWarnings">What is wrong with the posterior, a sentence each.</param>
internal sealed record PosteriorMetrics(double KlDivergence, IReadOnlyList<string> PosteriorWarnings) : MetricsPart
{
    public static PosteriorMetrics Of(PosteriorDiagnostics diagnostics) => new(diagnostics.KlDivergence, diagnostics.Warnings);
}
