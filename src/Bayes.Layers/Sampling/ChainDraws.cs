namespace Bayes.Layers.Sampling;

/// <summary>The draws of a chain, and what is known of it.</summary>
/// <param name="thinning">k, if every k-th draw is kept.</param>
/// <param name="most">The most draws that are kept.</param>
internal sealed class ChainDraws(int thinning, int most)
{
    private readonly KeptDraws<(double[] Weights, double Value)> _kept = new(thinning, most);
    private double _acceptance;
    private double _steps;
    private double _energy;
    private double _energySquares;
    private double _energyDifferences;
    private double _lastEnergy;
    private int _divergences;
    private int _count;

    /// <summary>Gets or sets the step size after the warm-up.</summary>
    public double StepSize { get; set; }

    /// <summary>Gets the kept draws.</summary>
    public IReadOnlyList<(double[] Weights, double Value)> Kept => _kept.Kept;

    /// <summary>Takes an iteration after the warm-up.</summary>
    public void Add(HamiltonianChain.Outcome outcome, double[] weights, double value)
    {
        _count++;
        _acceptance += outcome.Acceptance;
        _steps += outcome.Steps;
        _divergences += outcome.IsDivergent ? 1 : 0;
        // Welford's sums.
        double difference = outcome.Energy - _energy;
        _energy += difference / _count;
        _energySquares += difference * (outcome.Energy - _energy);
        if (_count > 1)
            _energyDifferences += (outcome.Energy - _lastEnergy) * (outcome.Energy - _lastEnergy);
        _lastEnergy = outcome.Energy;
        _kept.Add(() => ([.. weights], value));
    }

    /// <summary>Returns a summary of the chain.</summary>
    public ChainSummary Summarize() => new(
        StepSize, _acceptance / _count, _steps / _count, _divergences, _energy,
        _energySquares > 0 ? _energyDifferences / _energySquares : double.NaN);
}
