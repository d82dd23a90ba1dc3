namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>Splits rows into two parts in which each class has the same share.</summary>
internal static class StratifiedSplit
{
    /// <summary>Splits rows: <paramref name="testShare"/> of the rows of each class, rounded, are for testing.</summary>
    /// <param name="classes">The class of each row.</param>
    /// <param name="testShare">Share for testing, from 0 to 1.</param>
    /// <param name="seed">Seed of the split.</param>
    public static TrainTestSplit Of(IReadOnlyList<int> classes, double testShare, uint seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(testShare, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(testShare, 1);
        int[] shuffled = NumpyPermutation.Of(classes.Count, seed);
        var testRows = shuffled.GroupBy(row => classes[row]).SelectMany(rows => rows.Take((int)Math.Round(testShare * rows.Count()))).ToHashSet();
        return new TrainTestSplit(
            Train: [.. shuffled.Where(row => !testRows.Contains(row))],
            Test: [.. shuffled.Where(testRows.Contains)]);
    }
}
