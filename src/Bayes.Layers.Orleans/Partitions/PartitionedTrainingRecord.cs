namespace Bayes.Layers.Orleans;

/// <summary>The durable state of a partitioned training.</summary>
[GenerateSerializer, Alias("Bayes.Layers.PartitionedTrainingRecord")]
internal sealed record PartitionedTrainingRecord
{
    [Id(0)]
    public PartitionedTrainingRequest? Request { get; init; }

    [Id(1)]
    public PartitionedTrainingState State { get; init; }

    /// <summary>Gets the posterior after the last round.</summary>
    [Id(2)]
    public byte[] Posterior { get; init; } = [];
}
