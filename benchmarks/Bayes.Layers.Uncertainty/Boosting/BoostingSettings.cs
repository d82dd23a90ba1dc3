namespace Bayes.Layers.Uncertainty.Boosting;

/// <summary>Settings of gradient boosting.</summary>
/// <param name="Leaves">Leaves of a tree.</param>
/// <param name="LeastRows">Fewest rows of a leaf.</param>
/// <param name="LearningRate">The share of each tree that is added.</param>
internal sealed record BoostingSettings(int Leaves, int LeastRows, double LearningRate)
{
    // Shares of rows and columns that a tree sees.
    public const double RowShare = 0.8, ColumnShare = 0.9;

    /// <summary>Returns what a search tries for a number of rows: small trees to large ones, as far as the rows fill their leaves.</summary>
    public static IReadOnlyList<BoostingSettings> For(int rows)
    {
        double rate = rows > 20_000 ? 0.1 : 0.05;
        BoostingSettings[] all =
        [
            new(4, 3, rate), new(8, 3, rate), new(8, 10, rate), new(16, 5, rate), new(32, 10, rate), new(64, 20, rate), new(128, 20, rate),
            new(256, 20, rate),
        ];
        // Trees of four leaves are for small sets, and those of hundreds for large ones.
        return [.. all.Where(each => each.Leaves * each.LeastRows <= rows / 4 && each.Leaves >= Math.Min(32, rows / 200))
            .DefaultIfEmpty(all[0])];
    }
}
