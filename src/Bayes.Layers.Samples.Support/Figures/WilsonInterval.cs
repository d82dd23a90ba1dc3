namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>
/// Where the true share may lie when a share has been counted among a few examples: the score interval of Wilson, Probable
/// Inference, the Law of Succession, and Statistical Inference, Journal of the American Statistical Association 22 (1927).
/// It holds near 0 and 1 and for a handful of examples, where the share give or take a standard error does not.
/// </summary>
/// <param name="Low">Where it begins.</param>
/// <param name="High">Where it ends.</param>
internal readonly record struct WilsonInterval(double Low, double High)
{
    /// <summary>How often it covers the true share.</summary>
    public const double Coverage = 0.9;

    // The 0.95 quantile of the standard normal distribution, which leaves out a twentieth at either end.
    private const double Quantile = 1.6448536269514722;

    /// <summary>The interval for a share among so many examples.</summary>
    public static WilsonInterval Of(double share, long count)
    {
        double square = Quantile * Quantile / count;
        double middle = (share + square / 2) / (1 + square);
        double half = Math.Sqrt(share * (1 - share) * square + square * square / 4) / (1 + square);
        return new WilsonInterval(Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
