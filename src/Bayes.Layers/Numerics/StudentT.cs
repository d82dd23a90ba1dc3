namespace Bayes.Layers.Numerics;

/// <summary>
/// Student's t distribution in double precision. Its distribution function is an incomplete beta function,
/// P(t ≤ −z) = ½ I_x(ν/2, ½) with x = ν / (ν + z²) (Abramowitz &amp; Stegun 1964, "Handbook of Mathematical Functions", sections 26.5 and
/// 26.7): near the centre a power series in 1 − x with positive terms, elsewhere a continued fraction; each is used where it converges fast.
/// </summary>
internal sealed class StudentT
{
    private const double Rounding = 5e-16;
    private const int MaxTerms = 10_000;

    private readonly double _half;
    private readonly double _rootOfDegrees;
    private readonly double _logConstant;

    /// <summary>Creates a distribution with ν degrees of freedom, above 0 and finite.</summary>
    public StudentT(double degreesOfFreedom)
    {
        _half = degreesOfFreedom / 2;
        _rootOfDegrees = Math.Sqrt(degreesOfFreedom);
        _logConstant = GammaFunction.LogRatioOfHalfStep(_half) - 0.5 * Math.Log(Math.PI);
    }

    /// <summary>Gets log p(0) = log Γ((ν + 1) / 2) − log Γ(ν / 2) − ½ log πν.</summary>
    public double LogDensityAtZero => _logConstant - Math.Log(_rootOfDegrees);

    /// <summary>Returns the density; NaN far out, where z² overflows.</summary>
    public double Density(double z)
    {
        double ratio = z / _rootOfDegrees;
        return Math.Exp(LogDensityAtZero - (_half + 0.5) * LogOnePlus(ratio * ratio));
    }

    /// <summary>Returns P(t ≤ value); NaN for NaN.</summary>
    public double Cumulative(double value) => value > 0 ? 1 - Tail(value) : Tail(-value);

    /// <summary>Returns the number with a share <paramref name="level"/> of the distribution below it.</summary>
    /// <param name="level">Above 0 and below 1.</param>
    public double Quantile(double level)
    {
        double mass = Math.Min(level, 1 - level);
        double low = 0, high = 1;
        while (Tail(high) > mass && high < double.MaxValue)
            (low, high) = (high, Math.Min(2 * high, double.MaxValue));
        // Bisect until there is no number in between; a faster method gains nothing, since each level is computed only once.
        for (double middle = low + (high - low) / 2; middle > low && middle < high; middle = low + (high - low) / 2)
            (low, high) = Tail(middle) > mass ? (middle, high) : (low, middle);
        return level < 0.5 ? -high : high;
    }

    /// <summary>Returns P(t ≥ z) for z ≥ 0, accurate to the last digits even if it is small.</summary>
    private double Tail(double z)
    {
        if (!(z < double.PositiveInfinity))
            return double.IsNaN(z) ? z : 0;
        double ratio = z / _rootOfDegrees, inverse = 1 / ratio;
        // Use the form without cancellation: x is near 1 for a small ratio.
        double x = ratio > 1 ? inverse * inverse / (1 + inverse * inverse) : 1 / (1 + ratio * ratio);
        double complement = ratio > 1 ? 1 / (1 + inverse * inverse) : ratio * ratio / (1 + ratio * ratio);
        double logX = ratio > 1 ? -2 * Math.Log(ratio) - LogOnePlus(inverse * inverse) : -LogOnePlus(ratio * ratio);
        double common = Math.Sqrt(complement) * Math.Exp(_half * logX + _logConstant);
        return complement * (_half + 2.5) < 1.5
            ? 0.5 - common * Series(complement)
            : 0.5 * common * IncompleteBeta.Fraction(_half, 0.5, x, complement, (_half + 0.5) * complement + 0.5);
    }

    /// <summary>Returns Σ over n of ∏ (ν/2 + ½ + k) / (3/2 + k) · y, k below n.</summary>
    private double Series(double y)
    {
        double term = 1, sum = 1;
        for (int n = 0; term > 0.1 * Rounding * sum && n < MaxTerms; n++)
            sum += term *= (_half + 0.5 + n) / (1.5 + n) * y;
        return sum;
    }

    /// <summary>Returns log(1 + x) for x of at least 0, accurate for a small x.</summary>
    private static double LogOnePlus(double x)
    {
        // Kahan's method: the rounding of 1 + x cancels.
        double sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));
    }
}
