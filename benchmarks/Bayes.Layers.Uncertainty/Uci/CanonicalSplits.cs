namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>
/// The splits that the literature uses (Hernández-Lobato &amp; Adams 2015, "Probabilistic Backpropagation for Scalable Learning of Bayesian Neural
/// Networks"): successive permutations of the rows by one generator of NumPy, whose first nine tenths train.
/// </summary>
internal static class CanonicalSplits
{
    /// <summary>Number of splits of a set.</summary>
    public const int Count = 20;

    private const int CountOfProtein = 5;

    /// <summary>Returns the number of splits of a set: 20, or 5 for the largest, named protein.</summary>
    public static int CountOf(string set) => set == "protein" ? CountOfProtein : Count;

    /// <summary>Returns splits one after another, without end.</summary>
    /// <param name="rows">Number of rows, at least 2.</param>
    /// <param name="seed">Seed of the generator; 1 in the literature.</param>
    public static IEnumerable<TrainTestSplit> Of(int rows, uint seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 2);
        return Split(new NumpyPermutations(seed), rows);
    }

    // The literature's int(0.9 * n + 0.5), but never all rows.
    private static IEnumerable<TrainTestSplit> Split(NumpyPermutations permutations, int rows)
    {
        int train = Math.Min((int)(0.9 * rows + 0.5), rows - 1);
        while (true)
        {
            int[] order = permutations.Next(rows);
            yield return new TrainTestSplit(Train: order[..train], Test: order[train..]);
        }
    }
}
