using System.Diagnostics;
using System.Runtime.CompilerServices;
using Bayes.Layers.Scoring;

namespace Bayes.Layers.Orleans;

/// <summary>
/// A scoring job of a cluster as clients see it. Every call is repeated while silos die and return, for <see cref="Patience"/>; all of them are
/// harmless twice.
/// </summary>
public sealed class ScoringJob
{
    private static readonly TimeSpan LookTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    private readonly IScoringJobGrain _grain;

    internal ScoringJob(IScoringJobGrain grain, string name) => (_grain, Name) = (grain, name);

    /// <summary>Gets the name.</summary>
    public string Name { get; }

    /// <summary>Gets or sets how long a cluster that does not answer is asked again; 1 minute by default.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Submits the job. The same plan, folder and result again change nothing.</summary>
    /// <param name="plan">The plan. All silos see its model and its table under the same paths.</param>
    /// <param name="partsFolder">The folder of the parts, which the silos create and remove; all silos see it.</param>
    /// <param name="output">The file of the result, which replaces an existing one. Its folder must exist.</param>
    /// <param name="cancellationToken">Ends the wait for an answer.</param>
    /// <returns>The status.</returns>
    /// <exception cref="InvalidOperationException">The job has another plan, folder or result.</exception>
    public Task<ScoringJobStatus> SubmitAsync(
        ScoringPlan plan, string partsFolder, string output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrWhiteSpace(partsFolder);
        ArgumentException.ThrowIfNullOrWhiteSpace(output);
        var request = new ScoringJobRequest
        {
            Plan = plan.ToJson(), PartsFolder = Path.GetFullPath(partsFolder), Output = Path.GetFullPath(output),
        };
        return AskAsync(grain => grain.Submit(request), cancellationToken);
    }

    /// <summary>Returns the status.</summary>
    /// <param name="cancellationToken">Ends the wait for an answer.</param>
    /// <returns>The status; <see cref="ScoringJobState.Unknown"/> if nothing was submitted.</returns>
    public Task<ScoringJobStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        AskAsync(grain => grain.GetStatus(), cancellationToken);

    /// <summary>Begins no further shards; those at work are finished.</summary>
    /// <param name="cancellationToken">Ends the wait for an answer.</param>
    /// <returns>The status.</returns>
    public Task<ScoringJobStatus> PauseAsync(CancellationToken cancellationToken = default) => AskAsync(grain => grain.Pause(), cancellationToken);

    /// <summary>Goes on with a paused job, or tries a failed one again from the parts that it has.</summary>
    /// <param name="cancellationToken">Ends the wait for an answer.</param>
    /// <returns>The status.</returns>
    public Task<ScoringJobStatus> ResumeAsync(CancellationToken cancellationToken = default) => AskAsync(grain => grain.Resume(), cancellationToken);

    /// <summary>Stops the shards at work and removes all parts, also those of a failed job.</summary>
    /// <param name="cancellationToken">Ends the wait for an answer.</param>
    /// <returns>The status.</returns>
    public Task<ScoringJobStatus> CancelAsync(CancellationToken cancellationToken = default) => AskAsync(grain => grain.Cancel(), cancellationToken);

    /// <summary>Forgets a job that is completed or cancelled, so that its name is free. Its result stays.</summary>
    /// <param name="cancellationToken">Ends the wait for an answer.</param>
    /// <returns>A task.</returns>
    /// <exception cref="InvalidOperationException">The job has not ended.</exception>
    public Task ForgetAsync(CancellationToken cancellationToken = default) => AskAsync(
        async grain =>
        {
            await grain.Forget();
            return true;
        },
        cancellationToken);

    /// <summary>Returns the status now and whenever it changes, until the job has come to rest.</summary>
    /// <param name="cancellationToken">Ends the stream; the job goes on.</param>
    /// <returns>A stream whose last status is completed, failed, cancelled or unknown.</returns>
    public async IAsyncEnumerable<ScoringJobStatus> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var status = await GetStatusAsync(cancellationToken);
        yield return status;
        while (!status.IsAtRest)
        {
            var known = status;
            status = await AskAsync(grain => grain.WaitForChange(known, LookTime), cancellationToken);
            if (status != known)
                yield return status;
        }
    }

    /// <summary>Waits until the job has come to rest.</summary>
    /// <param name="progress">Is told each change; null if nobody wants to know.</param>
    /// <param name="cancellationToken">Ends the wait; the job goes on.</param>
    /// <returns>The last status: completed, failed, cancelled or unknown.</returns>
    public async Task<ScoringJobStatus> WaitAsync(IProgress<ScoringJobStatus>? progress = null, CancellationToken cancellationToken = default)
    {
        var last = await GetStatusAsync(cancellationToken);
        await foreach (var status in WatchAsync(cancellationToken))
        {
            last = status;
            progress?.Report(status);
        }
        return last;
    }

    private async Task<T> AskAsync<T>(Func<IScoringJobGrain, Task<T>> ask, CancellationToken cancellation)
    {
        for (var watch = Stopwatch.StartNew(); ;)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return await ask(_grain).WaitAsync(cancellation);
            }
            catch (Exception exception) when (MayPass(exception) && watch.Elapsed < Patience)
            {
                await Task.Delay(RetryDelay, cancellation);
            }
        }
    }

    /// <summary>Returns whether an error is of the cluster, and not of the job.</summary>
    private static bool MayPass(Exception exception) => exception is TimeoutException or OrleansException or SiloUnavailableException;
}
