using Orleans.Concurrency;

namespace Bayes.Layers.Orleans;

/// <summary>
/// A scoring job of a cluster; its key is its name. Its state is durable, and the parts on disk are the truth of what is done: the job goes on by
/// itself after any silo, or the whole cluster, has died and returned.
/// </summary>
/// <remarks><see cref="ScoringJob"/> is the same for clients, and waits, repeats and reports progress.</remarks>
[Alias("Bayes.Layers.IScoringJobGrain")]
public interface IScoringJobGrain : IGrainWithStringKey
{
    /// <summary>Submits the job. The same request again changes nothing and returns the status.</summary>
    /// <param name="request">Plan, folder of the parts and file of the result.</param>
    /// <returns>The status.</returns>
    /// <exception cref="InvalidOperationException">The job has another plan, folder or result.</exception>
    /// <exception cref="ArgumentException">The plan cannot be read.</exception>
    [Alias("Submit")]
    Task<ScoringJobStatus> Submit(ScoringJobRequest request);

    /// <summary>Returns the status.</summary>
    /// <returns>The status; <see cref="ScoringJobState.Unknown"/> if nothing was submitted.</returns>
    [AlwaysInterleave, Alias("GetStatus")]
    Task<ScoringJobStatus> GetStatus();

    /// <summary>Returns the status when it differs from a known one, or after some time.</summary>
    /// <param name="known">The status that the caller knows.</param>
    /// <param name="patience">Time after which the status is returned in any case; at most 10 seconds.</param>
    /// <returns>The status.</returns>
    [AlwaysInterleave, Alias("WaitForChange")]
    Task<ScoringJobStatus> WaitForChange(ScoringJobStatus known, TimeSpan patience);

    /// <summary>Begins no further shards; those at work are finished. A job that has ended stays as it is.</summary>
    /// <returns>The status.</returns>
    [Alias("Pause")]
    Task<ScoringJobStatus> Pause();

    /// <summary>Goes on with a paused job, or tries a failed one again from the parts that it has.</summary>
    /// <returns>The status.</returns>
    [Alias("Resume")]
    Task<ScoringJobStatus> Resume();

    /// <summary>Stops the shards at work and removes all parts, also those of a failed job. A completed job stays as it is.</summary>
    /// <returns>The status.</returns>
    [Alias("Cancel")]
    Task<ScoringJobStatus> Cancel();

    /// <summary>Forgets a job that is completed or cancelled, so that its name is free. Its result stays.</summary>
    /// <returns>A task.</returns>
    /// <exception cref="InvalidOperationException">The job has not ended.</exception>
    [Alias("Forget")]
    Task Forget();
}
