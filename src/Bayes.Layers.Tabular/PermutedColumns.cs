namespace Bayes.Layers.Tabular;

/// <summary>Measures how much worse rows are predicted if the values of a column are exchanged among them (Breiman 2001, "Random Forests", §10).
/// </summary>
internal static class PermutedColumns
{
    // Half the width of an interval of 95 %, in standard errors.
    private const double HalfWidth = 1.959963984540054;

    /// <summary>Returns the importance of each column of features, the most important first.</summary>
    /// <param name="model">The model.</param>
    /// <param name="heldOut">Rows that it was not trained on, with the target.</param>
    /// <param name="repetitions">How often each column is permuted.</param>
    /// <param name="seed">Decides the permutations.</param>
    /// <param name="progress">Receives the share that is done.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static IReadOnlyList<ColumnImportance> Measure(
        IScoredModel model, Table heldOut, int repetitions, int seed, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(heldOut);
        if (repetitions < 1)
            throw new ArgumentOutOfRangeException(nameof(repetitions), repetitions, $"repetitions is {repetitions}; expected at least 1.");
        if (heldOut.RowCount < 2)
            throw new ArgumentException(
                $"The table has {TextValues.Count(heldOut.RowCount, "row")}; expected at least 2, whose values can be exchanged.", nameof(heldOut));
        var whole = model.Score(heldOut, cancellationToken);
        var used = model.Networks.Encoding.Columns.Where(column => column.Features.Count > 0).Select(column => column.Column).ToArray();
        var random = new Random(seed);
        // The same permutations for every column, so that columns are compared on equal terms.
        int[][] permutations = [.. Enumerable.Range(0, repetitions).Select(_ => Permutation(heldOut.RowCount, random))];
        var all = new List<ColumnImportance>();
        foreach (var (index, column) in used.Index())
        {
            double[] drops = new double[heldOut.RowCount];
            double rise = 0;
            foreach (var (repetition, permutation) in permutations.Index())
            {
                var permuted = model.Score(heldOut.WithPermuted(column, permutation), cancellationToken);
                for (int row = 0; row < drops.Length; row++)
                    drops[row] += (whole.LogDensities[row] - permuted.LogDensities[row]) / repetitions;
                rise += (permuted.Error - whole.Error) / repetitions;
                progress?.Report((index * repetitions + repetition + 1.0) / (used.Length * repetitions));
            }
            all.Add(Summarize(column, drops, rise));
        }
        return [.. all.OrderByDescending(each => each.Drop)];
    }

    private static ColumnImportance Summarize(string column, double[] drops, double rise)
    {
        double mean = drops.Average(), square = drops.Sum(drop => (drop - mean) * (drop - mean)) / (drops.Length - 1);
        double error = Math.Sqrt(square / drops.Length);
        return new ColumnImportance(column, mean, error, mean - HalfWidth * error, mean + HalfWidth * error, rise);
    }

    private static int[] Permutation(int count, Random random)
    {
        int[] rows = [.. Enumerable.Range(0, count)];
        random.Shuffle(rows);
        return rows;
    }
}
