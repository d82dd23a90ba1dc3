namespace Bayes.Layers.Scoring;

/// <summary>How far the scoring of a plan is.</summary>
/// <param name="Shards">The number of shards that are done, with those that were there at the beginning.</param>
/// <param name="ShardCount">The number of all shards.</param>
/// <param name="Workers">The number of shards in work.</param>
/// <param name="Note">What happened, such as that a worker ended and its shard is scored again; null for ordinary progress.</param>
public sealed record ScoringProgress(int Shards, int ShardCount, int Workers, string? Note = null);
