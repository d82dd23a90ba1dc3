namespace Bayes.Layers.Scoring.Models;

/// <summary>What a model is asked about rows.</summary>
/// <param name="Features">The columns that a network takes, in its order.</param>
/// <param name="Targets">The columns with the targets, for the log density; empty for none.</param>
/// <param name="Seed">The seed of the draws.</param>
/// <param name="Draws">The number of draws.</param>
/// <param name="Quantiles">The levels of the quantiles.</param>
internal sealed record ScoringTask(
    IReadOnlyList<string> Features, IReadOnlyList<string> Targets, long Seed, int Draws, IReadOnlyList<double> Quantiles)
{
    /// <summary>The memory of a prediction: a fixed one, since blocks of another size round sums differently.</summary>
    public static MemoryBudget Budget { get; } = MemoryBudget.FromMebibytes(256);

    /// <summary>Gets all columns that are read.</summary>
    public IReadOnlyList<string> Columns => [.. Features.Concat(Targets).Distinct()];

    /// <summary>Returns the name of the column of a quantile.</summary>
    public static string QuantileName(double level) => FormattableString.Invariant($"quantile_{level}");
}
