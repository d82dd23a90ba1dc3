namespace Bayes.Layers.Orleans;

/// <summary>How far a partitioned training is.</summary>
[GenerateSerializer, Immutable, Alias("Bayes.Layers.PartitionedTrainingStatus")]
public sealed record PartitionedTrainingStatus
{
    /// <summary>Gets where it is on its way.</summary>
    [Id(0)]
    public required PartitionedTrainingState State { get; init; }

    /// <summary>Gets the number of rounds that are done; of answers in the asynchronous form.</summary>
    [Id(1)]
    public required int Rounds { get; init; }

    /// <summary>Gets the number of rounds after which it is completed.</summary>
    [Id(2)]
    public required int RoundLimit { get; init; }

    /// <summary>Gets the number of partitions.</summary>
    [Id(3)]
    public required int Partitions { get; init; }

    /// <summary>Gets the number of partitions that have answered in this round.</summary>
    [Id(4)]
    public required int Answered { get; init; }
}
