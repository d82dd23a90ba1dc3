namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>The rows that train a model and the rows that test it.</summary>
/// <param name="Train">Row numbers for training.</param>
/// <param name="Test">Row numbers for testing.</param>
internal sealed record TrainTestSplit(int[] Train, int[] Test)
{
    /// <summary>Splits rows into halves like scikit-learn's <c>train_test_split(test_size=0.5, random_state=seed)</c>.</summary>
    /// <param name="rows">Number of rows, at least 2. If it is odd, the test part is larger by one.</param>
    /// <param name="seed">Seed of the split.</param>
    public static TrainTestSplit Half(int rows, uint seed) => Of(rows, 0.5, seed);

    /// <summary>Returns the number of rows that <see cref="Of"/> leaves for testing: the share rounded up, but never all.</summary>
    /// <param name="rows">Number of rows, at least 2.</param>
    /// <param name="testFraction">Share of rows for testing, above 0 and below 1.</param>
    public static int TestRows(int rows, double testFraction) => Math.Min((int)Math.Ceiling(testFraction * rows), rows - 1);

    /// <summary>Splits rows like scikit-learn's <c>train_test_split(test_size=testFraction, random_state=seed)</c>.</summary>
    /// <param name="rows">Number of rows, at least 2.</param>
    /// <param name="testFraction">Share of rows for testing, above 0 and below 1; their number is rounded up.</param>
    /// <param name="seed">Seed of the split.</param>
    public static TrainTestSplit Of(int rows, double testFraction, uint seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 2);
        var shuffled = NumpyPermutation.Of(rows, seed);
        var testRows = TestRows(rows, testFraction);
        return new TrainTestSplit(Train: shuffled[testRows..], Test: shuffled[..testRows]);
    }
}
