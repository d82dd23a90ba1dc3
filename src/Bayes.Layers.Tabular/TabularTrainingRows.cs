namespace Bayes.Layers.Tabular;

/// <summary>Chooses the rows and columns of a table that a model is trained on.</summary>
internal static class TabularTrainingRows
{
    private const string WeightRole = "the weight of rows", GroupRole = "the group of rows";

    /// <summary>Returns the training rows, those for calibration or null, and the columns of features.</summary>
    /// <param name="table">The table.</param>
    /// <param name="target">The column to predict.</param>
    /// <param name="options">The options.</param>
    /// <param name="others">Further columns that are no features, and what they are.</param>
    /// <exception cref="ArgumentException">A column does not exist or is named for two things.</exception>
    /// <exception cref="InvalidDataException">No row is left.</exception>
    public static (Table Training, Table? Calibration, IReadOnlyList<TabularColumn> Columns) Of(
        Table table, string target, TabularOptions options, IReadOnlyList<(string Name, string Role)> others)
    {
        (string, string)[] apart =
        [
            (target, TargetScale.Role), .. others, .. options.WeightColumn is { } weight ? new[] { (weight, WeightRole) } : [],
            .. options is { CalibrationShare: not null, CalibrationSplit.GroupColumn: { } group } ? new[] { (group, GroupRole) } : [],
        ];
        var columns = TableColumnsChoice.Of(table, options.Features, options.Columns, apart);
        var complete = table.Rows(TableColumnsChoice.RowsToKeep(table, columns));
        if (options.CalibrationShare is not { } share)
            return (complete, null, columns);
        var split = options.CalibrationSplit.Apply(complete, share, options.Seed);
        return (complete.Rows(split.Training), complete.Rows(split.HeldOut), columns);
    }

    /// <summary>Returns the factors of rows times their weights, or null if all are 1.</summary>
    /// <exception cref="InvalidDataException">A weight is refused.</exception>
    public static double[]? WithWeights(double[]? factors, Table training, TabularOptions options)
    {
        if (options.WeightColumn is null)
            return factors;
        double[] weights = TableNumbers.ReadWeights(training, options.WeightColumn);
        return factors is null ? weights : [.. factors.Zip(weights, (factor, weight) => factor * weight)];
    }
}
