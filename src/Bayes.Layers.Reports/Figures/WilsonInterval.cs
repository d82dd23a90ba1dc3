namespace Bayes.Layers.Reports.Figures;

/// <summary>
/// A confidence interval of a share that was counted among some examples: the score interval of Wilson, Probable Inference, the Law of
/// Succession, and Statistical Inference, Journal of the American Statistical Association 22 (1927). It is valid near 0 and 1 and for few
/// examples, where the share plus or minus a standard error is not.
/// </summary>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
internal readonly record struct WilsonInterval(double Low, double High)
{
    /// <summary>Probability that the interval covers the true share.</summary>
    public const double Coverage = 0.9;

    // The 0.95 quantile of the standard normal distribution.
    private const double Quantile = 1.6448536269514722;

    /// <summary>Returns the interval for a share among a number of examples.</summary>
    public static WilsonInterval Of(double share, long count)
    {
        double square = Quantile * Quantile / count;
        double middle = (share + square / 2) / (1 + square);
        double half = Math.Sqrt(share * (1 - share) * square + square * square / 4) / (1 + square);
        return new WilsonInterval(Math.Max(0, middle - half), Math.Min(1, middle + half));
    }

    /// <summary>Returns the interval as an edge of a band.</summary>
    public (double X, double Low, double High) At(double x) => (x, Low, High);
}
