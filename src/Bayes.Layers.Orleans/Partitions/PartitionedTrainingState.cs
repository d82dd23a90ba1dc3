namespace Bayes.Layers.Orleans;

/// <summary>Where a partitioned training is on its way.</summary>
[GenerateSerializer, Alias("Bayes.Layers.PartitionedTrainingState")]
public enum PartitionedTrainingState
{
    /// <summary>Nothing was begun under this name.</summary>
    Unknown,

    /// <summary>Partitions are asked.</summary>
    Training,

    /// <summary>No partition is asked until the training goes on.</summary>
    Paused,

    /// <summary>All rounds are done.</summary>
    Completed,
}
