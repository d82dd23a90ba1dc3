namespace Bayes.Layers.Uncertainty.GaussianProcesses;

/// <summary>
/// The parameters of a Gaussian process as logarithms, in this order: a length scale for each column, the variance of the function, and the
/// variance of the noise.
/// </summary>
/// <param name="values">The logarithms; more of them may follow.</param>
/// <param name="columns">Number of columns.</param>
internal readonly ref struct KernelParameters(ReadOnlySpan<double> values, int columns)
{
    private const double LeastNoise = 1e-8, Steepness = 100;

    private readonly ReadOnlySpan<double> _values = values[..(columns + 2)];

    /// <summary>Length scales in the columns' units.</summary>
    public double[] Lengths
    {
        get
        {
            double[] lengths = _values[..^2].ToArray();
            for (int column = 0; column < lengths.Length; column++)
                lengths[column] = Math.Exp(lengths[column]);
            return lengths;
        }
    }

    /// <summary>Variance of the function.</summary>
    public double Variance => Math.Exp(_values[^2]);

    /// <summary>Variance of the noise.</summary>
    public double Noise => Math.Exp(_values[^1]);

    /// <summary>Returns parameters: the same length scale for each column.</summary>
    public static double[] Of(int columns, double length, double variance, double noise) =>
        [.. Enumerable.Repeat(Math.Log(length), columns), Math.Log(variance), Math.Log(noise)];

    /// <summary>
    /// Computes a penalty of parameters that standardised data never need, so that a search does not go where numbers overflow, and subtracts its
    /// derivatives from a gradient.
    /// </summary>
    public double Penalty(Span<double> gradient)
    {
        double sum = 0;
        for (int i = 0; i < _values.Length; i++)
        {
            var (least, most) = i < _values.Length - 2 ? (-5.0, 8.0) : i == _values.Length - 2 ? (-8.0, 9.0) : (Math.Log(LeastNoise), 3.0);
            double excess = _values[i] < least ? _values[i] - least : _values[i] > most ? _values[i] - most : 0;
            sum += 0.5 * Steepness * excess * excess;
            gradient[i] -= Steepness * excess;
        }
        return sum;
    }
}
