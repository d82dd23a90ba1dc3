using System.Diagnostics;
using System.Threading.Channels;

namespace Bayes.Layers.Scoring;

/// <summary>One run of a <see cref="ProcessExecutor"/>: which worker does which shard. Everything is decided on one thread.</summary>
internal sealed class ProcessRun(ScoringWork work, int workers, Func<ProcessStartInfo> start, TimeSpan patience)
{
    private const int MostDeaths = 6, MostFailures = 3, MostStarts = 4;
    private const double CopyFactor = 1.5;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200), TimeToEnd = TimeSpan.FromSeconds(3), RetryDelay = TimeSpan.FromSeconds(1);

    // Until libtorch is loaded there is no sign of life.
    private static readonly TimeSpan TimeToStart = TimeSpan.FromMinutes(2);

    private readonly Channel<(WorkerProcess Worker, WorkerLine? Line)> _told = Channel.CreateUnbounded<(WorkerProcess, WorkerLine?)>();
    private readonly List<WorkerProcess> _workers = [];
    private readonly SortedSet<int> _open = [.. work.Shards];
    private readonly HashSet<int> _left = [.. work.Shards];
    private readonly Dictionary<int, int> _deaths = [], _failures = [];
    private readonly Dictionary<int, long> _notBefore = [];
    private readonly Lock _gate = new();
    private double _seconds;
    private int _timed, _failedStarts;

    /// <summary>Gets the ids of the processes.</summary>
    public IReadOnlyList<int> ProcessIds
    {
        get
        {
            lock (_gate)
                return [.. _workers.Select(worker => worker.Id)];
        }
    }

    /// <summary>Runs until the part of every shard is there.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (_left.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            while (_workers.Count < Math.Min(workers, _left.Count))
                lock (_gate)
                    _workers.Add(WorkerProcess.Start(start(), (worker, line) => _told.Writer.TryWrite((worker, line))));
            foreach (var worker in _workers)
                if (worker.IsReady && worker.Shard is null && Next() is { } shard)
                {
                    work.Begin();
                    worker.Give(shard);
                }
            await WaitAsync(cancellationToken).ConfigureAwait(false);
            while (_told.Reader.TryRead(out var told))
                Take(told.Worker, told.Line);
            foreach (var worker in _workers)
                if (Stopwatch.GetElapsedTime(worker.LastSign) > (worker.IsReady ? patience : TimeToStart))
                    worker.Kill();
        }
    }

    /// <summary>Ends all processes, those in the middle of a shard too.</summary>
    public async Task EndAsync()
    {
        await Task.WhenAll(_workers.Select(worker => worker.EndAsync(TimeToEnd))).ConfigureAwait(false);
        foreach (var worker in _workers)
        {
            if (worker.Shard is not null)
                work.End(done: null);
            worker.Dispose();
        }
        lock (_gate)
            _workers.Clear();
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var tick = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        tick.CancelAfter(Tick);
        try
        {
            await _told.Reader.WaitToReadAsync(tick.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }
    }

    private int? Next()
    {
        foreach (int shard in _open)
            if (!_notBefore.TryGetValue(shard, out long time) || Stopwatch.GetTimestamp() >= time)
            {
                _open.Remove(shard);
                return shard;
            }
        return _open.Count > 0 || _timed == 0 ? null : NextCopy();
    }

    // The shard that has been in work for the longest, by one worker alone, and for longer than usual.
    private int? NextCopy()
    {
        var slow = _workers.Where(worker => worker.Shard is { } shard && _left.Contains(shard)).GroupBy(worker => worker.Shard!.Value)
            .Where(group => group.Count() == 1).Select(group => group.First()).MinBy(worker => worker.Begun);
        return slow is not null && Stopwatch.GetElapsedTime(slow.Begun).TotalSeconds > CopyFactor * _seconds / _timed ? slow.Shard : null;
    }

    private void Take(WorkerProcess worker, WorkerLine? line)
    {
        if (line is null)
        {
            TakeEnd(worker);
            return;
        }
        long begun = worker.Begun;
        worker.Take(line);
        if (line.Word == WorkerLine.ReadyWord)
            _failedStarts = 0;
        else if (line.Word == WorkerLine.RefusedWord)
            throw new ScoringException(line.Message);
        else if (line.Word == WorkerLine.DoneWord)
        {
            work.End(line.Shard);
            if (_left.Remove(line.Shard))
                (_seconds, _timed) = (_seconds + Stopwatch.GetElapsedTime(begun).TotalSeconds, _timed + 1);
        }
        else if (line.Word == WorkerLine.FailedWord)
            TakeFailure(line);
    }

    private void TakeFailure(WorkerLine line)
    {
        work.End(done: null, _left.Contains(line.Shard) ? $"Shard {line.Shard} failed: {line.Message}" : null);
        if (!_left.Contains(line.Shard))
            return;
        if (line.IsFinal)
            throw new ScoringException(line.Message);
        int failures = _failures[line.Shard] = _failures.GetValueOrDefault(line.Shard) + 1;
        if (failures >= MostFailures)
            throw new IOException($"Shard {line.Shard} failed {failures} times: {line.Message}");
        Reopen(line.Shard, failures * RetryDelay);
    }

    private void TakeEnd(WorkerProcess worker)
    {
        lock (_gate)
            _workers.Remove(worker);
        if (worker.Shard is { } shard)
        {
            work.End(done: null, $"A worker ended in shard {shard} ({worker.End}); the shard is scored again.");
            int deaths = _deaths[shard] = _deaths.GetValueOrDefault(shard) + 1;
            if (deaths >= MostDeaths && _left.Contains(shard))
                throw new ScoringException($"Shard {shard} ended its worker {deaths} times (the last with {worker.End}).");
            Reopen(shard, TimeSpan.Zero);
        }
        else if (!worker.IsReady && ++_failedStarts >= MostStarts)
            throw new ScoringException($"A worker ended before it was ready, {MostStarts} times in a row (the last with {worker.End}).");
        worker.Dispose();
    }

    // Unless the part is there, or another worker has the shard too.
    private void Reopen(int shard, TimeSpan delay)
    {
        if (!_left.Contains(shard) || _workers.Any(worker => worker.Shard == shard))
            return;
        _open.Add(shard);
        _notBefore[shard] = Stopwatch.GetTimestamp() + (long)(delay.TotalSeconds * Stopwatch.Frequency);
    }
}
