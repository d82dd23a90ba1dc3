using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Sampling;

/// <summary>Statistics of a number that several chains have drawn: whether they agree, and how many independent draws theirs are worth.</summary>
public static class ChainStatistics
{
    private const int LeastDraws = 4;

    /// <summary>
    /// Returns split R-hat, the root of the ratio of the variance of all draws to that within the halves of chains (Gelman et al. 2013, "Bayesian
    /// Data Analysis", §11.4; Vehtari et al. 2021, "Rank-Normalization, Folding, and Localization", equations 1 to 4). It is close to 1 if the
    /// chains have mixed; above 1.05 they have not, and the prediction depends on where they started.
    /// </summary>
    /// <param name="draws"><c>[chains, draws]</c>, at least one chain of at least four draws. The middle one of an odd number is left out.</param>
    /// <param name="isRankNormalized">
    /// Whether draws are replaced by normal scores of their ranks, for heavy tails (Vehtari et al. 2021, §4.1). False by default.
    /// </param>
    /// <returns>R-hat; positive infinity if chains differ and none changes, 1 if all draws are equal, NaN if one is not finite.</returns>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public static double SplitRHat(Tensor draws, bool isRankNormalized = false)
    {
        var chains = ChainsOf(draws);
        return SplitRHat(isRankNormalized ? NormalScores(chains) : chains);
    }

    /// <summary>
    /// Returns the effective sample size: the number of independent draws whose mean would have the same standard error (Geyer 1992, "Practical
    /// Markov Chain Monte Carlo", §3.3, the initial monotone sequence; Vehtari et al. 2021, equations 10 to 13, over halves of chains).
    /// </summary>
    /// <param name="draws"><c>[chains, draws]</c>, at least one chain of at least four draws.</param>
    /// <returns>
    /// The size, at most the number of draws times its logarithm to base 10; the number of draws if all are equal, NaN if one is not finite.
    /// </returns>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public static double EffectiveSampleSize(Tensor draws) => EffectiveSampleSize(ChainsOf(draws));

    /// <summary>Returns split R-hat of chains of one length.</summary>
    internal static double SplitRHat(double[][] chains)
    {
        var halves = Halves(chains);
        int length = halves[0].Length;
        double[] means = [.. halves.Select(half => half.Average())];
        double within = halves.Zip(means, Variance).Average(), between = length * Variance(means, means.Average());
        double total = (length - 1.0) / length * within + between / length;
        return within > 0 || double.IsNaN(total) ? Math.Sqrt(total / within) : between > 0 ? double.PositiveInfinity : 1;
    }

    /// <summary>Returns the effective sample size of chains of one length.</summary>
    internal static double EffectiveSampleSize(double[][] chains)
    {
        var halves = Halves(chains);
        int count = halves.Length, length = halves[0].Length;
        double size = (double)count * length;
        double[] means = [.. halves.Select(half => half.Average())];
        double within = halves.Zip(means, Variance).Average();
        double total = (length - 1.0) / length * within + (count > 1 ? Variance(means, means.Average()) : 0);
        if (!double.IsFinite(total))
            return double.NaN;
        if (total == 0)
            return size;
        double sum = 0, least = double.PositiveInfinity;
        // Pairs of neighbouring autocorrelations are positive, and fall.
        for (int lag = 0; lag + 1 < length; lag += 2)
        {
            double pair = Correlation(lag) + Correlation(lag + 1);
            if (pair < 0)
                break;
            sum += least = Math.Min(pair, least);
        }
        return size / Math.Max(2 * sum - 1, 1 / Math.Log10(size));

        double Correlation(int lag) => lag == 0 ? 1 : 1 - (within - Covariance(lag)) / total;

        // With the divisor of the variance at lag 0.
        double Covariance(int lag)
        {
            double product = 0;
            for (int half = 0; half < count; half++)
            {
                double[] values = halves[half];
                for (int i = lag; i < length; i++)
                    product += (values[i] - means[half]) * (values[i - lag] - means[half]);
            }
            return product / count / (length - 1);
        }
    }

    private static double[][] ChainsOf(Tensor draws)
    {
        ArgumentNullException.ThrowIfNull(draws);
        if (draws.ndim != 2 || draws.shape[0] < 1 || draws.shape[1] < LeastDraws)
            throw new ArgumentException(
                $"The draws have shape {Shapes.Describe(draws.shape)}; expected [chains, draws] with at least {LeastDraws} draws of each chain.",
                nameof(draws));
        return [.. draws.ReadDoubles().Chunk((int)draws.shape[1])];
    }

    private static double[][] Halves(double[][] chains)
    {
        int half = chains[0].Length / 2;
        return [.. chains.SelectMany(chain => new[] { chain[..half], chain[^half..] })];
    }

    private static double Variance(double[] values, double mean)
    {
        double sum = 0;
        foreach (double value in values)
            sum += (value - mean) * (value - mean);
        return sum / (values.Length - 1);
    }

    // Φ⁻¹((r − 3/8) / (n + 1/4)) of the ranks r, which equal numbers share.
    private static double[][] NormalScores(double[][] chains)
    {
        double[] all = [.. chains.SelectMany(chain => chain)], levels = new double[all.Length];
        int[] order = [.. Enumerable.Range(0, all.Length)];
        Array.Sort([.. all], order);
        for (int i = 0, end; i < order.Length; i = end)
        {
            for (end = i + 1; end < order.Length && all[order[end]] == all[order[i]]; end++)
                ;
            double rank = (i + 1 + end) / 2.0;
            for (int j = i; j < end; j++)
                levels[order[j]] = (rank - 0.375) / (all.Length + 0.25);
        }
        if (!Array.TrueForAll(all, double.IsFinite))
            return [.. chains.Select(chain => chain.Select(_ => double.NaN).ToArray())];
        using var scope = NewDisposeScope();
        return [.. special.ndtri(tensor(levels)).ReadDoubles().Chunk(chains[0].Length)];
    }
}
