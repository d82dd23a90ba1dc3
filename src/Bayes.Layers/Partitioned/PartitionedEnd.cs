namespace Bayes.Layers.Partitioned;

/// <summary>The reason why <see cref="PartitionedTraining"/> ended.</summary>
public enum PartitionedEnd
{
    /// <summary>The number of rounds was reached.</summary>
    LastRound,

    /// <summary>No weight changed by more than the tolerance.</summary>
    Settled,

    /// <summary>Training was cancelled; the model has the posterior of the last whole round.</summary>
    Cancelled,
}
