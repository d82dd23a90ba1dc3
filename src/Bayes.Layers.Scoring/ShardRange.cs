namespace Bayes.Layers.Scoring;

/// <summary>The work of a shard.</summary>
/// <param name="FirstRow">Zero-based number of its first row in the table.</param>
/// <param name="Rows">The number of its rows.</param>
/// <param name="FirstDraw">The number of its first draw.</param>
/// <param name="Draws">The number of its draws.</param>
public readonly record struct ShardRange(long FirstRow, long Rows, int FirstDraw, int Draws);
