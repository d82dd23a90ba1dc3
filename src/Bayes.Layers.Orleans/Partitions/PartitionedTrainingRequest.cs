namespace Bayes.Layers.Orleans;

/// <summary>What a partitioned training begins with.</summary>
[GenerateSerializer, Immutable, Alias("Bayes.Layers.PartitionedTrainingRequest")]
public sealed record PartitionedTrainingRequest
{
    /// <summary>Gets the posterior at the beginning, the bytes of <c>PartitionedPosterior.ToBytes</c>, with the partitions that have
    /// joined.</summary>
    [Id(0)]
    public required byte[] Posterior { get; init; }

    /// <summary>Gets the number of rounds; of answers in the asynchronous form.</summary>
    [Id(1)]
    public required int Rounds { get; init; }

    /// <summary>
    /// Gets how long a round of the synchronous form waits for partitions that have not answered, once one has; 10 minutes by default. They keep
    /// their factors, and are asked again in the next round.
    /// </summary>
    [Id(2)]
    public TimeSpan RoundPatience { get; init; } = TimeSpan.FromMinutes(10);
}
