namespace Bayes.Layers.Conformal;

/// <summary>
/// The scores of calibration rows with their weights, and the quantile that the score of a new row does not exceed with a given probability. The new
/// row's own weight is at infinity: its score is not known (Tibshirani, Barber, Candès &amp; Ramdas 2019, "Conformal Prediction Under Covariate
/// Shift", equation 7). With equal weights, it is the ⌈(n + 1)(1 − α)⌉-th smallest of n scores. Immutable.
/// </summary>
internal sealed class ScoreDistribution
{
    // A product such as 0.95 · 20 is rounded, and must not ask for one row more.
    private const double Rounding = 1e-12;

    private readonly double[] _scores;
    private readonly double[] _sums;

    /// <summary>Creates the distribution of scores.</summary>
    /// <param name="scores">The scores, in any order; infinity is allowed, NaN is not.</param>
    /// <param name="weights">A weight of at least 0 for each, or null for equal weights.</param>
    public ScoreDistribution(double[] scores, double[]? weights = null)
    {
        // Sorted by weight, too, so that the rounding of the sums does not depend on the order of the rows.
        var sorted = scores.Zip(weights ?? [.. Enumerable.Repeat(1.0, scores.Length)]).Order().ToArray();
        _scores = Array.ConvertAll(sorted, each => each.First);
        _sums = new double[sorted.Length];
        double sum = 0;
        for (int i = 0; i < sorted.Length; i++)
            _sums[i] = sum += sorted[i].Second;
    }

    /// <summary>Gets the number of scores.</summary>
    public int Count => _scores.Length;

    /// <summary>Returns the least number of unweighted rows with which the quantile is finite: ⌈c / (1 − c)⌉.</summary>
    /// <param name="coverage">c = 1 − α, above 0 and below 1.</param>
    public static long RowsNeeded(double coverage)
    {
        double needed = coverage * (1 - Rounding);
        return (long)Math.Ceiling(needed / (1 - needed));
    }

    /// <summary>Returns the quantile; infinity if the scores do not reach the coverage.</summary>
    /// <param name="coverage">1 − α, above 0 and below 1.</param>
    /// <param name="weight">The new row's own weight; 1 if the scores have no weights.</param>
    public double Quantile(double coverage, double weight = 1)
    {
        double total = (_sums.Length == 0 ? 0 : _sums[^1]) + weight;
        if (!(total > 0))
            return double.PositiveInfinity;
        double needed = coverage * total * (1 - Rounding);
        int index = Array.BinarySearch(_sums, needed);
        // The first score with which the sum is not below what is needed.
        index = index < 0 ? ~index : index;
        return index < _scores.Length ? _scores[index] : double.PositiveInfinity;
    }
}
