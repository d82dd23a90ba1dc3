using Bayes.Layers.Partitioned;

namespace Bayes.Layers.Orleans;

/// <summary>A training on data in several places, for clients and silos of a cluster: begin it, answer for the data that are here, and
/// wait.</summary>
/// <remarks>
/// A place with data needs only be a client of the cluster: it asks and answers, and nobody connects to it. It may come late, end and come back.
/// </remarks>
public sealed class PartitionedTrainingJob
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300), LongPause = TimeSpan.FromSeconds(2);

    private readonly IPartitionedTrainingGrain _grain;

    internal PartitionedTrainingJob(IPartitionedTrainingGrain grain, string name) => (_grain, Name) = (grain, name);

    /// <summary>Gets the name.</summary>
    public string Name { get; }

    /// <summary>Begins the training. The same again changes nothing.</summary>
    /// <param name="posterior">The posterior at the beginning, with the partitions that a round waits for. Others may join later.</param>
    /// <param name="rounds">The number of rounds; of answers in the asynchronous form.</param>
    /// <param name="roundPatience">How long a round waits for the others once one has answered; 10 minutes by default.</param>
    /// <exception cref="InvalidOperationException">Another training was begun under this name.</exception>
    /// <exception cref="ArgumentException">There are no rounds.</exception>
    public Task<PartitionedTrainingStatus> BeginAsync(PartitionedPosterior posterior, int rounds, TimeSpan? roundPatience = null)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        var request = new PartitionedTrainingRequest { Posterior = posterior.ToBytes(), Rounds = rounds };
        return _grain.Begin(roundPatience is { } patience ? request with { RoundPatience = patience } : request);
    }

    /// <summary>
    /// Answers for a partition until the training ends, on the thread pool. A cluster that does not answer is asked again.
    /// </summary>
    /// <param name="worker">The partition with its data; nobody else may use it meanwhile.</param>
    /// <param name="cancellationToken">Ends the work. The partition stays in the training, and may answer again later.</param>
    /// <exception cref="ArgumentException">The partition has another model.</exception>
    /// <exception cref="InvalidOperationException">The partition cannot answer, for example because a training did not stay finite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task AnswerAsync(PartitionWorker worker, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(worker);
        while (true)
        {
            var order = await TryAsync(() => _grain.Ask(worker.Partition.Name, worker.Fingerprint), cancellationToken).ConfigureAwait(false);
            if (order.HasEnded)
                return;
            if (order.Request is null)
            {
                await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
                continue;
            }
            var request = PartitionRequest.FromBytes(order.Request);
            // Training takes a processor: neither the caller's thread nor the scheduler of grains.
            var answer = await Task.Run(() => worker.Answer(request, cancellationToken), cancellationToken).ConfigureAwait(false);
            await TryAsync(() => _grain.Offer(answer.ToBytes()), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the training is completed.</summary>
    /// <param name="progress">Receives the status whenever it has changed; null for nobody.</param>
    /// <param name="cancellationToken">Ends the waiting, not the training.</param>
    /// <returns>The posterior, with the numbers of all rounds.</returns>
    /// <exception cref="InvalidOperationException">Nothing was begun under this name.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<PartitionedPosterior> WaitAsync(
        IProgress<PartitionedTrainingStatus>? progress = null, CancellationToken cancellationToken = default)
    {
        PartitionedTrainingStatus? known = null;
        while (true)
        {
            var status = await TryAsync(_grain.GetStatus, cancellationToken).ConfigureAwait(false);
            if (status != known)
                progress?.Report(known = status);
            if (status.State == PartitionedTrainingState.Unknown)
                throw new InvalidOperationException($"Nothing was begun under the name '{Name}'; expected BeginAsync before.");
            if (status.State == PartitionedTrainingState.Completed)
                return (await PosteriorAsync(cancellationToken).ConfigureAwait(false))!;
            await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Returns the posterior as it is now; null if nothing was begun.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<PartitionedPosterior?> PosteriorAsync(CancellationToken cancellationToken = default) =>
        await TryAsync(_grain.GetPosterior, cancellationToken).ConfigureAwait(false) is { } bytes ? PartitionedPosterior.FromBytes(bytes) : null;

    /// <summary>Returns the status.</summary>
    public Task<PartitionedTrainingStatus> StatusAsync() => _grain.GetStatus();

    /// <summary>Asks no partition until <see cref="ResumeAsync"/>.</summary>
    public Task<PartitionedTrainingStatus> PauseAsync() => _grain.Pause();

    /// <summary>Goes on with a paused training.</summary>
    public Task<PartitionedTrainingStatus> ResumeAsync() => _grain.Resume();

    /// <summary>Lets a partition leave.</summary>
    /// <param name="partition">The name of the partition.</param>
    /// <param name="keepsFactor">Whether what it said stays in the posterior.</param>
    /// <exception cref="ArgumentException">There is no such partition.</exception>
    public Task<PartitionedTrainingStatus> LeaveAsync(string partition, bool keepsFactor) => _grain.Leave(partition, keepsFactor);

    // A silo that has just died, or a cluster that is starting: the grain comes back elsewhere. What the grain itself refuses is final.
    private static async Task<T> TryAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is not (ArgumentException or InvalidOperationException or OperationCanceledException))
            {
                await Task.Delay(LongPause, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
