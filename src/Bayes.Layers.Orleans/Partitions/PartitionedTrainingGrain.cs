using Bayes.Layers.Checkpoints;
using Bayes.Layers.Partitioned;

namespace Bayes.Layers.Orleans;

/// <summary>
/// A training on data in several places. The posterior is written when a round ends and when a partition joins or leaves; an answer that was not yet
/// written is asked for again, and is the same.
/// </summary>
internal sealed class PartitionedTrainingGrain(
    [PersistentState("partitioned", BayesLayersOptions.StorageName)] IPersistentState<PartitionedTrainingRecord> record, TimeProvider time)
    : Grain, IPartitionedTrainingGrain
{
    private static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(1);

    private PartitionedPosterior? _posterior;
    private long? _firstAnswer;

    private PartitionedTrainingRecord Record => record.State;

    private bool IsSynchronous => Posterior.Options.Schedule == PartitionSchedule.Synchronous;

    private PartitionedPosterior Posterior => _posterior ??= Record.Request is null
        ? throw new InvalidOperationException($"Nothing was begun under the name '{this.GetPrimaryKeyString()}'; expected Begin before.")
        : PartitionedPosterior.FromBytes(Record.Posterior);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TickPeriod, TickPeriod) { KeepAlive = false });
        return Task.CompletedTask;
    }

    public async Task<PartitionedTrainingStatus> Begin(PartitionedTrainingRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Rounds < 1)
            throw new ArgumentException($"The number of rounds is {request.Rounds}; expected at least 1.", nameof(request));
        if (Record.Request is { } known)
            return known.Rounds == request.Rounds && known.Posterior.AsSpan().SequenceEqual(request.Posterior) ? Status()
                : throw new InvalidOperationException(
                    $"Another training was begun under the name '{this.GetPrimaryKeyString()}'; expected the same request, or another name.");
        try
        {
            _posterior = PartitionedPosterior.FromBytes(request.Posterior);
        }
        catch (CheckpointException exception)
        {
            // Without the cause: Orleans does not send exceptions that it does not know.
            throw new ArgumentException($"The posterior cannot be read: {exception.Message}", nameof(request));
        }
        await WriteAsync(new PartitionedTrainingRecord
        {
            Request = request, State = PartitionedTrainingState.Training, Posterior = request.Posterior,
        });
        return Status();
    }

    public async Task<PartitionOrder> Ask(string partition, string fingerprint)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(partition);
        if (Record.State == PartitionedTrainingState.Completed)
            return new PartitionOrder { HasEnded = true };
        if (Record.State != PartitionedTrainingState.Training)
            return new PartitionOrder();
        if (fingerprint != Posterior.Fingerprint)
            throw new ArgumentException(
                $"Partition '{partition}' has a model of fingerprint {fingerprint}; expected {Posterior.Fingerprint}, with the same modules, "
                + "priors and likelihood.", nameof(fingerprint));
        if (Find(partition) is null)
        {
            Posterior.Join(partition);
            await WriteAsync(Record with { Posterior = Posterior.ToBytes() });
        }
        var status = Find(partition)!;
        return status.IsFrozen ? new PartitionOrder { HasEnded = true }
            : status.HasAnswered ? new PartitionOrder() : new PartitionOrder { Request = Posterior.Request(partition).ToBytes() };
    }

    public async Task<AnswerOutcome> Offer(byte[] answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (Record.State is PartitionedTrainingState.Completed or PartitionedTrainingState.Unknown)
            return AnswerOutcome.Late;
        PartitionAnswer read;
        try
        {
            read = PartitionAnswer.FromBytes(answer);
        }
        catch (CheckpointException exception)
        {
            throw new ArgumentException($"The answer cannot be read: {exception.Message}", nameof(answer));
        }
        var outcome = Posterior.Offer(read);
        if (outcome != AnswerOutcome.Accepted)
            return outcome;
        _firstAnswer ??= time.GetTimestamp();
        if (!IsSynchronous)
            await WriteRoundAsync();
        else if (Posterior.IsRoundComplete)
            await EndRoundAsync();
        return outcome;
    }

    public async Task<PartitionedTrainingStatus> Leave(string partition, bool keepsFactor)
    {
        if (keepsFactor)
            Posterior.Freeze(partition);
        else
            Posterior.Remove(partition);
        await WriteAsync(Record with { Posterior = Posterior.ToBytes() });
        if (IsSynchronous && Posterior.IsRoundComplete && Record.State == PartitionedTrainingState.Training)
            await EndRoundAsync();
        return Status();
    }

    public async Task<PartitionedTrainingStatus> Pause()
    {
        if (Record.State == PartitionedTrainingState.Training)
            await WriteAsync(Record with { State = PartitionedTrainingState.Paused });
        return Status();
    }

    public async Task<PartitionedTrainingStatus> Resume()
    {
        if (Record.State == PartitionedTrainingState.Paused)
            await WriteAsync(Record with { State = PartitionedTrainingState.Training });
        return Status();
    }

    public Task<PartitionedTrainingStatus> GetStatus() => Task.FromResult(Status());

    public Task<byte[]?> GetPosterior() => Task.FromResult(Record.Request is null ? null : Posterior.ToBytes());

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        if (Record.State == PartitionedTrainingState.Training && _firstAnswer is { } since && IsSynchronous
            && time.GetElapsedTime(since) > Record.Request!.RoundPatience && Posterior.Partitions.Any(partition => partition.HasAnswered))
            await EndRoundAsync();
    }

    private Task EndRoundAsync()
    {
        Posterior.EndRound();
        return WriteRoundAsync();
    }

    private Task WriteRoundAsync()
    {
        _firstAnswer = null;
        bool hasEnded = Posterior.Rounds.Count >= Record.Request!.Rounds;
        return WriteAsync(Record with
        {
            Posterior = Posterior.ToBytes(), State = hasEnded ? PartitionedTrainingState.Completed : Record.State,
        });
    }

    private async Task WriteAsync(PartitionedTrainingRecord next)
    {
        var before = Record;
        record.State = next;
        try
        {
            await record.WriteStateAsync();
        }
        catch
        {
            // What is not durable did not happen: the partitions are asked again.
            (record.State, _posterior, _firstAnswer) = (before, null, null);
            DeactivateOnIdle();
            throw;
        }
    }

    private PartitionStatus? Find(string partition) => Posterior.Partitions.FirstOrDefault(each => each.Name == partition);

    private PartitionedTrainingStatus Status()
    {
        var partitions = Record.Request is null ? [] : Posterior.Partitions;
        return new PartitionedTrainingStatus
        {
            State = Record.State, Rounds = Record.Request is null ? 0 : Posterior.Rounds.Count, RoundLimit = Record.Request?.Rounds ?? 0,
            Partitions = partitions.Count, Answered = partitions.Count(partition => partition.HasAnswered),
        };
    }
}
