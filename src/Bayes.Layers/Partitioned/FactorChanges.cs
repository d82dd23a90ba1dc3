namespace Bayes.Layers.Partitioned;

/// <summary>The changes of factors that are made together, each weight's as far as its precision stays high enough.</summary>
internal sealed class FactorChanges
{
    private readonly IReadOnlyList<NaturalParameters> _changes;
    private readonly double[] _steps;

    public FactorChanges(
        NaturalParameters product, NaturalParameters prior, double leastPrecision, IReadOnlyList<NaturalParameters> changes, double damping)
    {
        _changes = changes;
        _steps = new double[product.Count];
        for (int i = 0; i < _steps.Length; i++)
        {
            double change = 0;
            foreach (var each in changes)
                change += each.Precisions[i];
            double least = leastPrecision * prior.Precisions[i], precision = product.Precisions[i];
            _steps[i] = damping;
            if (precision + damping * change >= least || change >= 0)
                continue;
            _steps[i] = Math.Max(0, (precision - least) / -change);
            ShortenedWeights++;
        }
    }

    /// <summary>Gets the number of weights whose change is made in part.</summary>
    public int ShortenedWeights { get; }

    /// <summary>Returns a factor after its change.</summary>
    /// <param name="factor">The factor before; null if it is 1.</param>
    /// <param name="index">Which of the changes is the factor's.</param>
    public NaturalParameters Apply(NaturalParameters? factor, int index)
    {
        var change = _changes[index];
        double[] precisionMeans = new double[_steps.Length], precisions = new double[_steps.Length];
        for (int i = 0; i < _steps.Length; i++)
        {
            precisionMeans[i] = (factor?.PrecisionMeans[i] ?? 0) + _steps[i] * change.PrecisionMeans[i];
            precisions[i] = (factor?.Precisions[i] ?? 0) + _steps[i] * change.Precisions[i];
        }
        return new NaturalParameters(change.Layout, precisionMeans, precisions);
    }
}
