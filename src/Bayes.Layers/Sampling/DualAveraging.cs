namespace Bayes.Layers.Sampling;

/// <summary>
/// Adapts a step size to a mean acceptance probability (Hoffman &amp; Gelman 2014, "The No-U-Turn Sampler", §3.2, algorithm 5).
/// </summary>
/// <param name="target">The mean acceptance probability.</param>
internal sealed class DualAveraging(double target)
{
    // The paper's values.
    private const double Shrinkage = 0.05, Delay = 10, Decay = 0.75, FirstFactor = 10;

    private double _centre;
    private double _error;
    private double _logStep;
    private double _logAverage;
    private int _count;

    /// <summary>Gets the step size of the next iteration.</summary>
    public double Step => Math.Exp(_logStep);

    /// <summary>Gets the averaged step size, for after the adaptation.</summary>
    public double Average => _count == 0 ? Step : Math.Exp(_logAverage);

    /// <summary>Begins with a step size.</summary>
    public void Begin(double step)
    {
        _centre = Math.Log(FirstFactor * step);
        (_error, _logAverage, _count, _logStep) = (0, 0, 0, Math.Log(step));
    }

    /// <summary>Takes the acceptance probability of an iteration.</summary>
    public void Add(double acceptance)
    {
        _count++;
        double share = 1 / (_count + Delay);
        _error = (1 - share) * _error + share * (target - acceptance);
        _logStep = _centre - Math.Sqrt(_count) / Shrinkage * _error;
        double weight = Math.Pow(_count, -Decay);
        _logAverage = weight * _logStep + (1 - weight) * _logAverage;
    }
}
