namespace Bayes.Layers.Sampling;

/// <summary>log p(D | w) + log p(w) of a network's weights as one flat vector, divided by a temperature, with its gradient.</summary>
/// <remarks>Not safe for several threads: each chain has one of its own, and disposes it.</remarks>
internal abstract class LogPosterior(int length, double temperature) : IDisposable
{
    /// <summary>Gets the number of weights.</summary>
    public int Length => length;

    /// <summary>Computes the value in nats, and its gradient.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="gradient">Receives the gradient.</param>
    public double Differentiate(ReadOnlySpan<double> weights, Span<double> gradient)
    {
        gradient.Clear();
        double value = Add(weights, gradient);
        if (temperature == 1)
            return value;
        foreach (ref double each in gradient)
            each /= temperature;
        return value / temperature;
    }

    /// <summary>Frees what the object owns.</summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Adds the gradient without a temperature, and returns the value.</summary>
    protected abstract double Add(ReadOnlySpan<double> weights, Span<double> gradient);
}
