namespace Bayes.Layers.Orleans.Jobs;

/// <summary>
/// Durable state of a job: what it does and where it is on its way. It is written when that changes and not when a shard ends: which shards are done
/// is read from the parts.
/// </summary>
[GenerateSerializer, Alias("Bayes.Layers.JobRecord")]
internal sealed record JobRecord
{
    [Id(0)]
    public ScoringJobRequest? Request { get; init; }

    [Id(1)]
    public string Fingerprint { get; init; } = "";

    [Id(2)]
    public ScoringJobState State { get; init; }

    [Id(3)]
    public string? Error { get; init; }

    /// <summary>Gets how often the job was resumed after it had failed.</summary>
    [Id(4)]
    public int Round { get; init; }

    [Id(5)]
    public int ShardCount { get; init; }

    [Id(6)]
    public long RowCount { get; init; }

    /// <summary>Gets the number of shards that were done when the job ended.</summary>
    [Id(7)]
    public int DoneShardCount { get; init; }

    [Id(8)]
    public long DoneRowCount { get; init; }

    /// <summary>Gets whether silos have something to do for the job, if only to stop.</summary>
    public bool IsOpen =>
        State is ScoringJobState.Scoring or ScoringJobState.Paused or ScoringJobState.Removing or ScoringJobState.Cancelling;
}
