using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>
/// A mixture of distributions that differ in location and scale alone, for the inverse of its distribution function.
/// </summary>
/// <remarks>Holds working memory: use one object on one thread at a time.</remarks>
/// <param name="count">The number of distributions; at least 1.</param>
internal abstract class LocationScaleMixture(int count)
{
    private const int MostSteps = 200;

    // Newton's method squares the error: after a step of this size, relative to the smallest scale, the next one would change no digit.
    private const double LastStep = 1e-6;

    // Relative to the ends of the bracket, close to the precision of a double.
    private const double Narrow = 1e-14;

    private readonly double[] _locations = new double[Padded(count)];
    private readonly double[] _inverseScales = new double[Padded(count)];

    private readonly double[] _weights = new double[Padded(count)];

    /// <summary>Gets the number of distributions.</summary>
    protected int Count => count;

    /// <summary>Gets the weights, which add up to 1, and zeros that fill the last vector.</summary>
    protected ReadOnlySpan<double> Weights => _weights;

    /// <summary>Gets the locations, and zeros that fill the last vector.</summary>
    protected ReadOnlySpan<double> Locations => _locations;

    /// <summary>Gets 1 / scale, and zeros that fill the last vector.</summary>
    protected ReadOnlySpan<double> InverseScales => _inverseScales;

    /// <summary>Returns the distribution function and the density.</summary>
    protected abstract (double Cumulative, double Density) At(double value);

    /// <summary>Sets the distributions.</summary>
    /// <param name="locations">The locations.</param>
    /// <param name="scales">The scales.</param>
    /// <param name="weights">The weights, which add up to 1; empty if they are equal.</param>
    public void Set(ReadOnlySpan<double> locations, ReadOnlySpan<double> scales, ReadOnlySpan<double> weights = default)
    {
        for (int i = 0; i < count; i++)
            (_locations[i], _inverseScales[i], _weights[i]) = (locations[i], 1 / scales[i], weights.IsEmpty ? 1.0 / count : weights[i]);
    }

    /// <summary>Returns the quantile of a level; NaN if a location or a scale is NaN.</summary>
    /// <param name="level">The level, above 0 and below 1.</param>
    /// <param name="standard">The quantile of the distribution of location 0 and scale 1 for this level.</param>
    public double Quantile(double level, double standard)
    {
        // Lies between the smallest and the largest quantile of the single distributions.
        double low = double.PositiveInfinity, high = double.NegativeInfinity, smallest = double.PositiveInfinity, mean = 0, squares = 0;
        for (int i = 0; i < count; i++)
        {
            double scale = 1 / _inverseScales[i], own = _locations[i] + scale * standard;
            (low, high, smallest) = (Math.Min(low, own), Math.Max(high, own), Math.Min(smallest, scale));
            mean += _weights[i] * _locations[i];
            squares += _weights[i] * scale * scale;
        }
        double before = high - low;
        if (!(before > 0) || !double.IsFinite(before))
            return 0.5 * low + 0.5 * high;
        for (int i = 0; i < count; i++)
            squares += _weights[i] * (_locations[i] - mean) * (_locations[i] - mean);
        // Starts from one distribution as wide as the mixture.
        double value = Math.Clamp(mean + Math.Sqrt(squares) * standard, low, high);
        for (int step = 0; step < MostSteps; step++)
        {
            var (cumulative, density) = At(value);
            double excess = cumulative - level, change = -excess / density, next = value + change;
            if (excess == 0)
                return value;
            (low, high) = excess < 0 ? (value, high) : (low, value);
            // Bisect if Newton's method leaves the bracket or is slower than bisection (Press et al. 2007, "Numerical Recipes", §9.4).
            bool isNewton = next >= low && next <= high && Math.Abs(change) <= before / 2;
            if (!isNewton)
                next = low + (high - low) / 2;
            if (isNewton ? Math.Abs(change) <= LastStep * smallest || next == value : high - low <= Narrow * Math.Max(Math.Abs(low), Math.Abs(high)))
                return next;
            (before, value) = (Math.Abs(next - value), next);
        }
        return value;
    }

    private static int Padded(int count) => (count + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;
}
