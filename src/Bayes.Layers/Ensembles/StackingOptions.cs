using Bayes.Layers.Numerics;

namespace Bayes.Layers.Ensembles;

/// <summary>How <see cref="Stacking"/> computes the log densities of members. Immutable.</summary>
public sealed record StackingOptions
{
    /// <summary>
    /// Gets the number of draws of each member; at least 1. Null, the default, means its <see cref="FunctionDistribution.ExactSamples"/>, or 100.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? Samples { get; init => field = value is { } samples ? (int)Require.Positive(samples, nameof(Samples)) : null; }

    /// <summary>Gets the seed of the draws; 0 by default.</summary>
    public long Seed { get; init; }

    /// <summary>Gets the memory to predict in; null, the default, means the current <see cref="MemoryBudget.Default"/>.</summary>
    public MemoryBudget? Budget { get; init; }
}
