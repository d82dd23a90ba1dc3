namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>Splits rows in two so that each class has the same share in both parts.</summary>
internal static class StratifiedSplit
{
    /// <summary>The split; of each class, <paramref name="testShare"/> of its rows, rounded, test.</summary>
    /// <param name="classes">The class of each row.</param>
    /// <param name="testShare">The share for testing, between 0 and 1.</param>
    /// <param name="seed">The same seed always gives the same split.</param>
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
