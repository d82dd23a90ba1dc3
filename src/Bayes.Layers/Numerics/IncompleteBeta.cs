namespace Bayes.Layers.Numerics;

/// <summary>The incomplete beta function I_x(a, b) in double precision.</summary>
internal static class IncompleteBeta
{
    private const double Rounding = 5e-16;
    private const int MaxTerms = 10_000;

    /// <summary>
    /// Returns I_x(a, b) without its leading factor x^a y^b / B(a, b), by a continued fraction (DiDonato &amp; Morris 1992, "Algorithm 708:
    /// Significant Digit Computation of the Incomplete Beta Function Ratios") and Lentz's method: no difference in it cancels for a large a and x
    /// near 1. It converges fast for x of at most a / (a + b).
    /// </summary>
    /// <param name="a">Above 0.</param>
    /// <param name="b">Above 0.</param>
    /// <param name="x">In [0, 1].</param>
    /// <param name="y">1 − x.</param>
    /// <param name="start">(a + b) y + 1 − b, which the caller can compute without cancellation.</param>
    public static double Fraction(double a, double b, double x, double y, double start)
    {
        double c = Denominator(0), d = 0, result = c;
        for (int n = 1; n < MaxTerms; n++)
        {
            double between = a + 2 * n - 1;
            double numerator = (a + n - 1) / between * ((a + n + (b - 1)) / between) * n * (b - n) * x * x;
            d = 1 / (Denominator(n) + numerator * d);
            c = Denominator(n) + numerator / c;
            result *= c * d;
            if (Math.Abs(c * d - 1) < Rounding)
                break;
        }
        return 1 / result;

        double Denominator(int n) => (n == 0 ? 0 : n + n * (b - n) * x / (a + 2 * n - 1)) + (a + n) / (a + 2 * n + 1) * (start + n * (1 + y));
    }
}
