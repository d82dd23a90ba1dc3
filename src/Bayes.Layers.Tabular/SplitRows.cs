namespace Bayes.Layers.Tabular;

/// <summary>Two parts of the rows of a table.</summary>
/// <param name="Training">Zero-based indices of the rows to train on, ascending.</param>
/// <param name="HeldOut">Zero-based indices of the other rows, ascending.</param>
public sealed record SplitRows(IReadOnlyList<int> Training, IReadOnlyList<int> HeldOut);
