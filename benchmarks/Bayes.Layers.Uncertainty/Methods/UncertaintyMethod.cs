namespace Bayes.Layers.Uncertainty.Methods;

/// <summary>A method of regression that says how sure it is.</summary>
internal abstract class UncertaintyMethod
{
    /// <summary>The name on the command line and in files.</summary>
    public abstract string Name { get; }

    /// <summary>What the method is and how it chooses its settings, a sentence or two.</summary>
    public abstract string Description { get; }

    /// <summary>Learns from the training rows of a split and predicts its test rows. Uses as many threads as torch is set to.</summary>
    /// <param name="rows">The split.</param>
    /// <param name="seed">Seed of everything random.</param>
    /// <param name="cancellationToken">Ends the training early.</param>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public abstract PredictedTargets Predict(SplitRows rows, long seed, CancellationToken cancellationToken);
}
