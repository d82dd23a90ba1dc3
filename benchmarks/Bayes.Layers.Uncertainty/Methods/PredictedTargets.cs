namespace Bayes.Layers.Uncertainty.Methods;

/// <summary>The predictive distributions of test rows, in the target's own unit. Dispose it.</summary>
internal abstract class PredictedTargets : IDisposable
{
    /// <summary>The predicted mean of each row.</summary>
    public abstract IReadOnlyList<double> Mean { get; }

    /// <summary>The lower end of each row's central 95 % interval.</summary>
    public abstract IReadOnlyList<double> Lower { get; }

    /// <summary>The upper end of each row's central 95 % interval.</summary>
    public abstract IReadOnlyList<double> Upper { get; }

    /// <summary>Returns the logarithm of the density of one value for each row, in nats.</summary>
    /// <param name="targets">A value for each row, in the target's own unit.</param>
    public abstract IReadOnlyList<double> LogDensity(IReadOnlyList<double> targets);

    /// <summary>Frees what the distributions are computed from.</summary>
    public virtual void Dispose()
    {
    }
}
