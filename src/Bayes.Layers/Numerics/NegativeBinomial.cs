namespace Bayes.Layers.Numerics;

/// <summary>
/// The distribution function of the negative binomial distribution, P(y ≤ k) = I_p(r, k + 1) with r = 1 / dispersion and
/// p = 1 / (1 + dispersion · mean) (Abramowitz &amp; Stegun 1964, "Handbook of Mathematical Functions", section 26.5.26), in double precision.
/// </summary>
internal static class NegativeBinomial
{
    /// <summary>Returns P(y ≤ count).</summary>
    /// <param name="count">A whole number of at least 0.</param>
    /// <param name="mean">The mean, at least 0.</param>
    /// <param name="dispersion">Above 0.</param>
    /// <param name="mass">P(y = count).</param>
    public static double Cumulative(double count, double mean, double dispersion, double mass)
    {
        if (double.IsNaN(mean) || double.IsNaN(count))
            return double.NaN;
        double ratio = dispersion * mean;
        if (mean == 0 || double.IsPositiveInfinity(count))
            return 1;
        double size = 1 / dispersion, p = 1 / (1 + ratio), complement = ratio / (1 + ratio);
        // x^a y^b / B(a, b), the same for I_p(r, k + 1) and for 1 − I = I_(1 − p)(k + 1, r).
        double factor = mass * mean * (1 + count * dispersion) / (1 + ratio);
        // (r + k + 1)(1 − p), without the cancellation of large numbers for a small dispersion.
        double product = mean * (1 + (count + 1) * dispersion) / (1 + ratio);
        return product >= count + 1
            ? factor * IncompleteBeta.Fraction(size, count + 1, p, complement, product - count)
            : 1 - factor * IncompleteBeta.Fraction(count + 1, size, complement, p, count + 2 - product);
    }
}
