namespace Bayes.Layers.Scoring;

/// <summary>A part of a result: the file that a shard became.</summary>
/// <param name="Shard">The number of the shard.</param>
/// <param name="Path">The file.</param>
/// <param name="Rows">The number of its rows.</param>
/// <param name="Duration">How long the shard took; zero if the part was there.</param>
public sealed record ShardPart(int Shard, string Path, long Rows, TimeSpan Duration);
