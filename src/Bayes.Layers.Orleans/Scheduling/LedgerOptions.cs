namespace Bayes.Layers.Orleans.Scheduling;

/// <summary>The times and numbers of a <see cref="ShardLedger"/>.</summary>
internal sealed record LedgerOptions
{
    /// <summary>Gets how long an agent may be silent before its shards are given to others.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets how long a shard that failed waits before it is tried again, times the number of its failures.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets how often a shard may fail with the same sentence.</summary>
    public int FailureLimit { get; init; } = 3;

    /// <summary>Gets how long a shard must run before it gets a copy.</summary>
    public TimeSpan MinimumCopyAge { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets how many times the mean time of a shard a shard must run before it gets a copy.</summary>
    public double CopyFactor { get; init; } = 1.5;

    /// <summary>Gets how long a ledger that follows another one waits for the reports of agents that work already.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets how often a shard may fail in all, whatever the sentences.</summary>
    public int TotalFailureLimit => 4 * FailureLimit;
}
