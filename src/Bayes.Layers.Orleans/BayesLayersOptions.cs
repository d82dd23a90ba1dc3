namespace Bayes.Layers.Orleans;

/// <summary>Options of a silo that works for Bayes.Layers.</summary>
/// <remarks>The times of a job are those of the silo that its grain is on, so give all silos the same.</remarks>
public sealed class BayesLayersOptions
{
    /// <summary>The name of the storage provider of jobs.</summary>
    public const string StorageName = "BayesLayers";

    /// <summary>Gets or sets the number of shards that the silo scores at a time; the number of cores by default.</summary>
    public int ShardsAtATime { get; set; } = Environment.ProcessorCount;

    /// <summary>Gets or sets how long an unused model stays loaded; 2 minutes by default.</summary>
    public TimeSpan ModelIdleTime { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Gets or sets how often an idle silo looks for new jobs; 1 second by default.</summary>
    public TimeSpan PollPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how often a silo at work reports to a job; 2 seconds by default. The end of a shard is reported at once.</summary>
    public TimeSpan ReportPeriod { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Gets or sets how long a silo may be silent before its shards are given to others; 15 seconds by default.</summary>
    public TimeSpan LeaseTime { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Gets or sets how often a shard may fail with the same error before the job fails; 3 by default.</summary>
    public int FailureLimit { get; set; } = 3;

    /// <summary>Gets or sets how long a failed shard waits before it is tried again, times the number of its failures; 1 second by default.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets how long a shard runs at least before an idle silo starts a copy of it; 5 seconds by default.</summary>
    public TimeSpan MinimumCopyAge { get; set; } = TimeSpan.FromSeconds(5);

    internal void Validate()
    {
        if (ShardsAtATime < 1)
            throw new OrleansConfigurationException($"{nameof(ShardsAtATime)} is {ShardsAtATime}, and must be at least 1.");
        if (FailureLimit < 1)
            throw new OrleansConfigurationException($"{nameof(FailureLimit)} is {FailureLimit}, and must be at least 1.");
        foreach (var (name, time) in new[] { (nameof(PollPeriod), PollPeriod), (nameof(ReportPeriod), ReportPeriod) })
            if (time <= TimeSpan.Zero)
                throw new OrleansConfigurationException($"{name} is {time}, and must be positive.");
        if (LeaseTime < 2 * ReportPeriod)
            throw new OrleansConfigurationException(
                $"{nameof(LeaseTime)} is {LeaseTime}, and must be at least two report periods of {ReportPeriod}.");
    }
}
