using System.Collections.Concurrent;
using Bayes.Layers.Orleans.Jobs;
using Bayes.Layers.Orleans.Scheduling;
using Bayes.Layers.Scoring;
using Microsoft.Extensions.Logging;

namespace Bayes.Layers.Orleans.Agents;

/// <summary>
/// Works for one job on one silo: reports, starts what the job answers on threads of its own, and stops what it no longer needs. A report that gets
/// no answer is no matter: the work goes on, and the next one says the same.
/// </summary>
internal sealed partial class JobPump(
    string job, string silo, IScoringWorkGrain grain, IScoringWork work, RunnerCache models, Slots slots, TimeSpan reportPeriod, ILogger logger)
{
    private static int s_count;

    private readonly AgentBook _book = new($"{silo}/{Interlocked.Increment(ref s_count)}");
    private readonly Dictionary<int, CancellationTokenSource> _running = [];
    private readonly ConcurrentQueue<WorkEnd> _ended = [];
    private readonly SemaphoreSlim _wake = new(0);
    private ScoringJobRequest? _request;
    private string? _refusal;
    private int _round;

    /// <summary>Works until the job has ended, or the silo shuts down.</summary>
    public async Task RunAsync(CancellationToken leaving)
    {
        try
        {
            while (!leaving.IsCancellationRequested && !await TurnAsync())
                await WaitAsync(leaving);
            if (leaving.IsCancellationRequested)
                await LeaveAsync();
        }
        finally
        {
            slots.Forget(this);
        }
    }

    /// <summary>Exchanges one report for one order, and returns whether the job has ended.</summary>
    private async Task<bool> TurnAsync()
    {
        TakeEnds();
        var places = _refusal is null ? slots.Take(this) : 0;
        var used = 0;
        try
        {
            var request = _request ??= await grain.GetRequest();
            var report = _book.Report(request is null ? 0 : places, _refusal);
            var order = await grain.Exchange(report);
            foreach (var item in _book.Take(order))
            {
                used++;
                Start(request!, item);
            }
            slots.Want(this, places > 0 && used == places);
            foreach (var item in order.Stop)
                if (_running.TryGetValue(item, out var stop))
                    stop.Cancel();
            if (order.Round != _round)
                (_round, _refusal) = (order.Round, null);
            if (order.State is ScoringJobState.Completed or ScoringJobState.Cancelled && report.Outcomes.Any(IsPart))
                await Task.Run(() => work.RemoveParts(request!));
            return IsOver(order.State) && _running.Count == 0 && _book.Unconfirmed == 0;
        }
        catch (Exception exception)
        {
            LogUnanswered(job, ErrorSentence.Short(exception));
            return false;
        }
        finally
        {
            slots.Return(this, places - used);
        }
    }

    private static bool IsOver(ScoringJobState state) =>
        state is ScoringJobState.Unknown or ScoringJobState.Completed or ScoringJobState.Failed or ScoringJobState.Cancelled;

    /// <summary>Whether a part was written; one of a job that has ended came after the others were removed, from a silo that was taken for
    /// dead.</summary>
    private static bool IsPart(WorkOutcome outcome) => outcome.Result == WorkResult.Done && outcome.Item >= 0;

    private async Task WaitAsync(CancellationToken leaving)
    {
        try
        {
            await _wake.WaitAsync(reportPeriod, leaving);
            while (_wake.Wait(0))
            {
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Stops what runs, and gives it back with one last report.</summary>
    private async Task LeaveAsync()
    {
        foreach (var stop in _running.Values)
            stop.Cancel();
        for (var waits = 0; _running.Count > 0 && waits < 100; waits++)
        {
            await _wake.WaitAsync(TimeSpan.FromMilliseconds(100));
            TakeEnds();
        }
        try
        {
            await grain.Exchange(_book.Report(0, _refusal, leaves: true)).WaitAsync(TimeSpan.FromSeconds(5));
        }
        catch (Exception exception)
        {
            LogUnanswered(job, ErrorSentence.Short(exception));
        }
    }

    private void TakeEnds()
    {
        while (_ended.TryDequeue(out var end))
        {
            if (_running.Remove(end.Item, out var stop))
                stop.Dispose();
            slots.Return(this, 1);
            _refusal = end.Refusal ?? _refusal;
            _book.End(end.Item, end.Result, end.Error, end.BadShards);
        }
    }

    private void Start(ScoringJobRequest request, int item)
    {
        var stop = _running[item] = new CancellationTokenSource();
        var token = stop.Token;
        new Thread(() =>
        {
            _ended.Enqueue(Do(request, item, token));
            _wake.Release();
        })
        { IsBackground = true, Name = item < 0 ? $"merge of {job}" : $"shard {item} of {job}" }.Start();
    }

    private WorkEnd Do(ScoringJobRequest request, int item, CancellationToken stop)
    {
        try
        {
            if (item == WorkItem.Merge)
                work.Merge(request, stop);
            else
                models.Use(request.Plan, () => work.Open(request), runner => runner.Score(item, stop));
            return new WorkEnd(item, WorkResult.Done);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new WorkEnd(item, WorkResult.Stopped);
        }
        catch (RunnerRefusedException exception)
        {
            LogRefused(job, exception.Message);
            return new WorkEnd(item, WorkResult.Stopped) { Refusal = exception.Message };
        }
        catch (Exception exception)
        {
            string error = ErrorSentence.Of(exception);
            LogItemFailed(job, item, error);
            int[] bad = exception is DamagedPartsException damaged ? [.. damaged.Shards] : [];
            return new WorkEnd(item, WorkResult.Failed) { Error = error, BadShards = bad };
        }
    }

    [LoggerMessage(LogLevel.Information, "Job {Job} does not answer: {Reason}")]
    private partial void LogUnanswered(string job, string reason);

    [LoggerMessage(LogLevel.Warning, "This silo takes no part in job {Job}: {Reason}")]
    private partial void LogRefused(string job, string reason);

    [LoggerMessage(LogLevel.Warning, "Shard {Item} of job {Job} failed: {Reason}")]
    private partial void LogItemFailed(string job, int item, string reason);

    private sealed record WorkEnd(int Item, WorkResult Result)
    {
        public string? Error { get; init; }

        public string? Refusal { get; init; }

        public int[] BadShards { get; init; } = [];
    }
}
