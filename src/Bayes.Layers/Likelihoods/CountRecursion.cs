using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// Counts whose probabilities follow from each other, p(k + 1) = p(k) (a + b k) / (k + 1), for all draws (Panjer 1981, "Recursive Evaluation of a
/// Family of Compound Distributions", for counts shifted by one). While counts are small, adding them up from 0 gives all quantiles at once.
/// </summary>
/// <param name="LogAtZero">log p(0), <c>[S, B, …]</c>, in double precision.</param>
/// <param name="A">a, of the same shape.</param>
/// <param name="B">b, of the same shape.</param>
internal sealed record CountRecursion(Tensor LogAtZero, Tensor A, Tensor B)
{
    // Below this logarithm, p(0) loses digits. From that count on, bisection takes less time.
    private const double LeastLog = -700;
    private const int MostCounts = 2_000;

    private const double NotFound = -1;

    /// <summary>
    /// Returns quantiles of the mixture of the draws, <c>[Q, B, …]</c>, in double precision, NaN if one of its draws is NaN; null if a count is
    /// large, or the draws are not on a CPU.
    /// </summary>
    /// <param name="levels">Above 0 and below 1.</param>
    public Tensor? TryQuantiles(IReadOnlyList<double> levels)
    {
        using var scope = NewDisposeScope();
        var quantiles = DrawColumns.TryCompute([LogAtZero, A, B], levels.Count, () => (columns, found) => OfElement(columns, levels, found));
        return quantiles is null || quantiles.lt(Scalars.Zero).any().ReadBoolean() ? null : quantiles.MoveToOuterDisposeScope();
    }

    private static void OfElement(double[][] columns, IReadOnlyList<double> levels, Span<double> quantiles)
    {
        double[] masses = columns[0], a = columns[1], b = columns[2];
        quantiles.Fill(NotFound);
        double smallest = double.PositiveInfinity, sum = 0;
        for (int i = 0; i < masses.Length; i++)
        {
            smallest = Math.Min(smallest, masses[i]);
            masses[i] = Math.Exp(masses[i]);
        }
        if (double.IsNaN(smallest))
            quantiles.Fill(double.NaN);
        if (!(smallest > LeastLog))
            return;
        int left = levels.Count;
        for (int count = 0; left > 0 && count < MostCounts; count++)
        {
            for (int i = 0; i < masses.Length; i++)
            {
                sum += masses[i];
                masses[i] *= (a[i] + b[i] * count) / (count + 1);
            }
            for (int level = 0; level < quantiles.Length; level++)
                if (quantiles[level] == NotFound && sum / masses.Length >= levels[level])
                {
                    quantiles[level] = count;
                    left--;
                }
        }
    }
}
