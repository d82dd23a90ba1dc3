using Bayes.Layers.Orleans.Scheduling;
using Bayes.Layers.Scoring;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bayes.Layers.Orleans.Jobs;

/// <summary>
/// A job: its durable record, and the ledger of its shards, which is made again from the parts whenever the grain moves. Nothing here computes; what
/// blocks runs on the thread pool.
/// </summary>
internal sealed partial class ScoringJobGrain(
    [PersistentState("job", BayesLayersOptions.StorageName)] IPersistentState<JobRecord> record,
    IScoringWork work,
    IOptions<BayesLayersOptions> options,
    TimeProvider time,
    ILogger<ScoringJobGrain> logger) : Grain, IScoringJobGrain, IScoringWorkGrain
{
    private static readonly TimeSpan TickPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookPeriod = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(10);

    private readonly long _start = time.GetTimestamp();
    private PlanFacts? _plan;
    private ShardLedger? _ledger;
    private int _failedOpens;

    private JobRecord Record => record.State;

    private string Name => this.GetPrimaryKeyString();

    private TimeSpan Now => time.GetElapsedTime(_start);

    private IJobRegistryGrain Registry => GrainFactory.GetGrain<IJobRegistryGrain>(JobRegistryGrain.Key);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(TickAsync, new GrainTimerCreationOptions(TickPeriod, TickPeriod) { KeepAlive = false });
        return Task.CompletedTask;
    }

    public async Task<ScoringJobStatus> Submit(ScoringJobRequest request)
    {
        var plan = await ReadAsync(request);
        if (Record.State != ScoringJobState.Unknown)
        {
            RefuseAnother(request, plan.Fingerprint);
            if (Record.IsOpen)
                await Registry.Add(Name);
            return Status();
        }
        await WriteAsync(new JobRecord
        {
            Request = request,
            Fingerprint = plan.Fingerprint,
            State = ScoringJobState.Scoring,
            ShardCount = plan.ShardCount,
            RowCount = plan.RowCount,
        });
        await Registry.Add(Name);
        await OpenLedgerAsync(follows: false);
        LogSubmitted(Name, plan.Fingerprint, plan.ShardCount);
        return Status();
    }

    public Task<ScoringJobStatus> GetStatus() => Task.FromResult(Status());

    public async Task<ScoringJobStatus> WaitForChange(ScoringJobStatus known, TimeSpan patience)
    {
        var until = Now + (patience < LongestPatience ? patience : LongestPatience);
        while (Now < until && Status() == known)
            await Task.Delay(LookPeriod);
        return Status();
    }

    public async Task<ScoringJobStatus> Pause()
    {
        if (Record.State == ScoringJobState.Scoring)
            await WriteAsync(Record with { State = ScoringJobState.Paused });
        if (Record.State == ScoringJobState.Paused)
            (await LedgerAsync()).Paused = true;
        return Status();
    }

    public async Task<ScoringJobStatus> Resume()
    {
        if (Record.State == ScoringJobState.Paused)
        {
            await WriteAsync(Record with { State = ScoringJobState.Scoring });
            (await LedgerAsync()).Paused = false;
        }
        else if (Record.State == ScoringJobState.Failed)
        {
            await WriteAsync(Record with { State = ScoringJobState.Scoring, Error = null, Round = Record.Round + 1 });
            await Registry.Add(Name);
            await OpenLedgerAsync(follows: true);
        }
        return Status();
    }

    public async Task<ScoringJobStatus> Cancel()
    {
        if (Record.State is ScoringJobState.Scoring or ScoringJobState.Paused or ScoringJobState.Failed)
        {
            var ledger = await LedgerAsync();
            await WriteAsync(Ended(ScoringJobState.Cancelling));
            await Registry.Add(Name);
            ledger.Cancel();
            await SettleAsync();
        }
        return Status();
    }

    public async Task Forget()
    {
        if (Record.State is not (ScoringJobState.Completed or ScoringJobState.Cancelled or ScoringJobState.Unknown))
            throw new InvalidOperationException($"Job '{Name}' is {Record.State}; only a job that is completed or cancelled can be forgotten.");
        await record.ClearStateAsync();
        (_ledger, _plan) = (null, null);
    }

    public Task<ScoringJobRequest?> GetRequest() => Task.FromResult(Record.Request);

    public async Task<WorkOrder> Exchange(WorkReport report)
    {
        if (!Record.IsOpen && _ledger is null)
        {
            await Registry.Remove(Name);
            return WorkOrder.Nothing with { State = Record.State, Round = Record.Round };
        }
        if (await TryLedgerAsync() is not { } ledger)
            return WorkOrder.Nothing with { State = Record.State, Round = Record.Round };
        var order = ledger.Exchange(report, Now);
        await SettleAsync();
        return order with { State = Record.State, Round = Record.Round };
    }

    private async Task<PlanFacts> ReadAsync(ScoringJobRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            return await Task.Run(() => work.Read(request));
        }
        catch (ScoringException exception)
        {
            // One that every client knows how to read.
            throw new ArgumentException(exception.Message, nameof(request));
        }
    }

    private async Task TickAsync(CancellationToken cancellation)
    {
        if (!Record.IsOpen && _ledger is null)
            return;
        if (await TryLedgerAsync() is not { } ledger)
            return;
        ledger.Tick(Now);
        await SettleAsync();
    }

    private void RefuseAnother(ScoringJobRequest request, string fingerprint)
    {
        if (fingerprint != Record.Fingerprint)
            throw new InvalidOperationException(
                $"Job '{Name}' has the plan {Record.Fingerprint}, and was given the plan {fingerprint}: another plan needs another name.");
        var (had, given) = (Record.Request!, request);
        foreach (var (what, before, now) in new[] { ("parts", had.PartsFolder, given.PartsFolder), ("result", had.Output, given.Output) })
            if (before != now)
                throw new InvalidOperationException($"Job '{Name}' has its {what} in '{before}', and was given '{now}'.");
    }

    private async ValueTask<ShardLedger> LedgerAsync()
    {
        if (_ledger is null)
            await OpenLedgerAsync(follows: true);
        return _ledger!;
    }

    /// <summary>Returns the ledger, or null after too many errors of making it, such as of a folder that cannot be read: then the job has
    /// failed.</summary>
    private async Task<ShardLedger?> TryLedgerAsync()
    {
        try
        {
            var ledger = await LedgerAsync();
            _failedOpens = 0;
            return ledger;
        }
        catch (Exception exception) when (
            ++_failedOpens >= options.Value.FailureLimit && Record.State is ScoringJobState.Scoring or ScoringJobState.Paused)
        {
            _failedOpens = 0;
            await WriteAsync(Record with { State = ScoringJobState.Failed, Error = exception.Message });
            await Registry.Remove(Name);
            LogFailed(Name, exception.Message);
            return null;
        }
    }

    /// <summary>Makes the ledger from the parts on disk.</summary>
    private async Task OpenLedgerAsync(bool follows)
    {
        var request = Record.Request!;
        var (plan, complete) = await Task.Run(() => (work.Read(request), work.FindComplete(request)));
        var given = options.Value;
        var ledgerOptions = new LedgerOptions
        {
            Lease = given.LeaseTime,
            RetryDelay = given.RetryDelay,
            FailureLimit = given.FailureLimit,
            MinimumCopyAge = given.MinimumCopyAge,
            Settling = given.ReportPeriod,
        };
        var ledger = new ShardLedger(plan.ShardCount, ledgerOptions, complete, Now, follows) { Paused = Record.State == ScoringJobState.Paused };
        if (Record.State is ScoringJobState.Removing or ScoringJobState.Cancelling)
            ledger.Cancel();
        (_plan, _ledger) = (plan, ledger);
        if (follows)
            LogTakenUp(Name, ledger.DoneCount, ledger.ShardCount);
    }

    /// <summary>Writes down how the ledger ended, removes the parts once no silo works on them, and closes the job.</summary>
    private async Task SettleAsync()
    {
        var ledger = _ledger!;
        if (Record.State is ScoringJobState.Scoring or ScoringJobState.Paused && ledger.End == LedgerEnd.Merged)
            await WriteAsync(Ended(ScoringJobState.Removing));
        if (Record.State is ScoringJobState.Scoring or ScoringJobState.Paused && ledger.End == LedgerEnd.Failed)
        {
            await WriteAsync(Ended(ScoringJobState.Failed) with { Error = ledger.Error });
            LogFailed(Name, ledger.Error!);
        }
        if (Record.State is not (ScoringJobState.Removing or ScoringJobState.Cancelling or ScoringJobState.Failed) || ledger.AttemptCount > 0)
            return;
        if (Record.State == ScoringJobState.Failed)
        {
            await Registry.Remove(Name);
            _ledger = null;
            return;
        }
        var request = Record.Request!;
        await Task.Run(() => work.RemoveParts(request));
        await WriteAsync(Record with { State = Record.State == ScoringJobState.Removing ? ScoringJobState.Completed : ScoringJobState.Cancelled });
        await Registry.Remove(Name);
        _ledger = null;
        LogEnded(Name, Record.State);
    }

    private JobRecord Ended(ScoringJobState state) => Record with { State = state, DoneShardCount = DoneShards, DoneRowCount = DoneRows };

    private int DoneShards => _ledger?.DoneCount ?? Record.DoneShardCount;

    private long DoneRows => _ledger is { } ledger && _plan is { } plan
        ? Enumerable.Range(0, plan.ShardCount).Where(ledger.IsDone).Sum(shard => plan.RowsOfShards[shard])
        : Record.DoneRowCount;

    private ScoringJobStatus Status() => new()
    {
        Name = Name,
        State = Record.State == ScoringJobState.Scoring && _ledger is { Merging: true } ? ScoringJobState.Merging : Record.State,
        Fingerprint = Record.Fingerprint,
        ShardCount = Record.ShardCount,
        DoneShardCount = DoneShards,
        RunningShardCount = _ledger?.RunningCount ?? 0,
        RowCount = Record.RowCount,
        DoneRowCount = DoneRows,
        SiloCount = _ledger?.AgentCount ?? 0,
        Error = Record.Error,
        Refusal = _ledger?.Refusal,
        Output = Record.Request?.Output ?? "",
    };

    /// <summary>Writes the record. If that fails the grain goes, and the next activation reads what is stored.</summary>
    private async Task WriteAsync(JobRecord next)
    {
        var before = record.State;
        record.State = next;
        try
        {
            await record.WriteStateAsync();
        }
        catch
        {
            record.State = before;
            DeactivateOnIdle();
            throw;
        }
    }

    [LoggerMessage(LogLevel.Information, "Job {Name} was submitted: plan {Fingerprint}, {Shards} shards.")]
    private partial void LogSubmitted(string name, string fingerprint, int shards);

    [LoggerMessage(LogLevel.Information, "Job {Name} goes on: {Done} of {Shards} shards are done.")]
    private partial void LogTakenUp(string name, int done, int shards);

    [LoggerMessage(LogLevel.Warning, "Job {Name} failed: {Error}")]
    private partial void LogFailed(string name, string error);

    [LoggerMessage(LogLevel.Information, "Job {Name} is {State}.")]
    private partial void LogEnded(string name, ScoringJobState state);
}
