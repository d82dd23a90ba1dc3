namespace Bayes.Layers.Numerics;

/// <summary>
/// Bounds of a probability from how often it came true (Clopper &amp; Pearson 1934, "The Use of Confidence or Fiducial Limits Illustrated in the Case
/// of the Binomial"): they hold with at least the confidence, for any number of trials.
/// </summary>
internal static class BinomialBounds
{
    private const int Halvings = 60;

    /// <summary>Returns the bounds, each in [0, 1].</summary>
    /// <param name="successes">From 0 to the number of trials; it need not be whole.</param>
    /// <param name="trials">At least 1.</param>
    /// <param name="confidence">The probability that the bounds contain the true probability; above 0, below 1.</param>
    public static (double Lower, double Upper) Of(double successes, long trials, double confidence)
    {
        double tail = (1 - confidence) / 2, failures = trials - successes;
        double lower = successes <= 0 ? 0 : Quantile(successes, failures + 1, tail);
        double upper = failures <= 0 ? 1 : 1 - Quantile(failures, successes + 1, tail);
        return (lower, upper);
    }

    /// <summary>Returns the number x with I_x(a, b) = level, by halving.</summary>
    private static double Quantile(double a, double b, double level)
    {
        double logBeta = GammaFunction.Log(a) + GammaFunction.Log(b) - GammaFunction.Log(a + b);
        double low = 0, high = 1;
        for (int i = 0; i < Halvings; i++)
        {
            double middle = (low + high) / 2;
            if (Cumulative(middle) < level)
                low = middle;
            else
                high = middle;
        }
        return (low + high) / 2;

        double Cumulative(double x)
        {
            double y = 1 - x, factor = Math.Exp(a * Math.Log(x) + b * Math.Log(y) - logBeta);
            return (a + b) * x <= a
                ? factor * IncompleteBeta.Fraction(a, b, x, y, (a + b) * y + 1 - b)
                : 1 - factor * IncompleteBeta.Fraction(b, a, y, x, (a + b) * x + 1 - a);
        }
    }
}
