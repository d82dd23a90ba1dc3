namespace Bayes.Layers.Scoring;

/// <summary>What scoring made.</summary>
/// <param name="Path">The file of results.</param>
/// <param name="Rows">The number of its rows.</param>
/// <param name="Reused">The number of shards whose parts were there from an interrupted run.</param>
/// <param name="Duration">How long it took.</param>
public sealed record ScoringResult(string Path, long Rows, int Reused, TimeSpan Duration);
