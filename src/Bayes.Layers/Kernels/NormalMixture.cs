using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>The distribution function of a mixture of normal distributions with equal weights, and its inverse.</summary>
/// <remarks>Holds working memory: use one object on one thread at a time.</remarks>
/// <param name="count">The number of distributions; at least 1.</param>
internal sealed class NormalMixture(int count)
{
    private const int MostSteps = 200;

    // Newton's method squares the error: after a step of this size, relative to the smallest standard deviation, the next one would change no digit.
    private const double LastStep = 1e-6;

    // Relative to the ends of the bracket, close to the precision of a double.
    private const double Narrow = 1e-14;

    // Whole vectors. In the rest of the last one, means and precisions are 0: these distributions count half each at every value.
    private readonly double[] _means = new double[(count + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count];
    private readonly double[] _precisions = new double[(count + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count];

    /// <summary>Sets the distributions.</summary>
    public void Set(ReadOnlySpan<double> means, ReadOnlySpan<double> stddevs)
    {
        for (int i = 0; i < count; i++)
            (_means[i], _precisions[i]) = (means[i], 1 / stddevs[i]);
    }

    /// <summary>Returns the quantile of a level; NaN if a mean or a standard deviation is NaN.</summary>
    /// <param name="level">The level, above 0 and below 1.</param>
    /// <param name="standard">The quantile of N(0, 1) for this level.</param>
    public double Quantile(double level, double standard)
    {
        // Lies between the smallest and the largest quantile of the single distributions.
        double low = double.PositiveInfinity, high = double.NegativeInfinity, smallest = double.PositiveInfinity, sum = 0, squares = 0;
        for (int i = 0; i < count; i++)
        {
            double stddev = 1 / _precisions[i], own = _means[i] + stddev * standard;
            (low, high, smallest) = (Math.Min(low, own), Math.Max(high, own), Math.Min(smallest, stddev));
            sum += _means[i];
            squares += stddev * stddev;
        }
        double before = high - low, mean = sum / count;
        if (!(before > 0) || !double.IsFinite(before))
            return 0.5 * low + 0.5 * high;
        for (int i = 0; i < count; i++)
            squares += (_means[i] - mean) * (_means[i] - mean);
        // Starts from the normal distribution with the mixture's moments.
        double value = Math.Clamp(mean + Math.Sqrt(squares / count) * standard, low, high);
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

    private (double Cumulative, double Density) At(double value)
    {
        Vector<double> sum = default, density = default, at = new(value);
        ReadOnlySpan<Vector<double>> means = Vectors.Of<double>(_means), precisions = Vectors.Of<double>(_precisions);
        for (int i = 0; i < means.Length; i++)
        {
            var (own, slope) = NormalFunctions.Of((at - means[i]) * precisions[i]);
            sum += own;
            density += slope * precisions[i];
        }
        return ((Vector.Sum(sum) - 0.5 * (_means.Length - count)) / count, Vector.Sum(density) / count);
    }
}
