namespace Bayes.Layers.Orleans;

/// <summary>The status of a scoring job.</summary>
[GenerateSerializer, Immutable, Alias("Bayes.Layers.ScoringJobStatus")]
public sealed record ScoringJobStatus
{
    /// <summary>Gets the name of the job.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>Gets the state.</summary>
    [Id(1)]
    public ScoringJobState State { get; init; }

    /// <summary>Gets the fingerprint of the plan; empty if nothing was submitted.</summary>
    [Id(2)]
    public string Fingerprint { get; init; } = "";

    /// <summary>Gets the number of shards.</summary>
    [Id(3)]
    public int ShardCount { get; init; }

    /// <summary>Gets the number of shards whose parts are written.</summary>
    [Id(4)]
    public int DoneShardCount { get; init; }

    /// <summary>Gets the number of shards that silos work on.</summary>
    [Id(5)]
    public int RunningShardCount { get; init; }

    /// <summary>Gets the number of rows.</summary>
    [Id(6)]
    public long RowCount { get; init; }

    /// <summary>Gets the number of rows of the shards whose parts are written.</summary>
    [Id(7)]
    public long DoneRowCount { get; init; }

    /// <summary>Gets the number of silos that take part.</summary>
    [Id(8)]
    public int SiloCount { get; init; }

    /// <summary>Gets the sentence of the error that ended the job; null if there is none.</summary>
    [Id(9)]
    public string? Error { get; init; }

    /// <summary>Gets why some silo does not take part, as another version of the library; null if all do.</summary>
    [Id(10)]
    public string? Refusal { get; init; }

    /// <summary>Gets the file of the result; empty if nothing was submitted.</summary>
    [Id(11)]
    public string Output { get; init; } = "";

    /// <summary>Gets whether the job has come to rest: completed, failed, cancelled, or unknown.</summary>
    public bool IsAtRest => State is ScoringJobState.Completed or ScoringJobState.Failed or ScoringJobState.Cancelled or ScoringJobState.Unknown;
}
