using Bayes.Layers.Service.Models;
using Bayes.Layers.Service.Observing;

namespace Bayes.Layers.Service.Batching;

/// <summary>
/// The rows that wait, at most so many. Rows that nobody waits for any more leave it at once, wherever they stand, which a channel could not do.
/// </summary>
internal sealed class RowQueue
{
    private readonly int _mostRows;
    private readonly int _batchRows;
    private readonly ServiceMetrics _metrics;
    private readonly Lock _lock = new();
    private readonly LinkedList<WaitingRows> _waiting = [];
    private readonly Queue<TaskCompletionSource> _idle = [];
    private int _rows;
    private bool _isClosed;

    /// <summary>Creates an empty queue, which the metrics observe.</summary>
    public RowQueue(ServiceOptions options, ServiceMetrics metrics)
    {
        (_mostRows, _batchRows, _metrics) = (options.QueueRows, options.BatchRows, metrics);
        metrics.Observe(this);
    }

    /// <summary>Gets the number of rows that wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _rows;
        }
    }

    /// <summary>Accepts rows, all or none.</summary>
    /// <param name="rows">The rows; at least one.</param>
    /// <param name="isStream">Whether they come from a stream: then the limit does not count, since a stream has only one batch at a time.</param>
    /// <param name="cancellationToken">Gives the rows up, also while they are computed.</param>
    /// <returns>The answers; null if the queue is full or closed.</returns>
    public Task<PredictedRow[]>? TryAdd(IReadOnlyList<object?[]> rows, bool isStream, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        WaitingRows[] parts = rows.Count <= _batchRows ? [new WaitingRows(rows)]
            : [.. rows.Chunk(_batchRows).Select(chunk => new WaitingRows(chunk))];
        TaskCompletionSource[] woken;
        lock (_lock)
        {
            if (_isClosed || !isStream && _rows + rows.Count > _mostRows)
                return null;
            foreach (var part in parts)
                part.Node = _waiting.AddLast(part);
            _rows += rows.Count;
            woken = [.. Enumerable.Range(0, Math.Min(parts.Length, _idle.Count)).Select(_ => _idle.Dequeue())];
        }
        foreach (var worker in woken)
            worker.TrySetResult();
        return parts is [var single] ? Answers(single, cancellationToken) : Joined(parts, cancellationToken);
    }

    /// <summary>Takes what waits, up to a batch, as soon as something does.</summary>
    /// <returns>A batch that the caller disposes; null if the queue is closed and empty.</returns>
    public async Task<RowBatch?> TakeAsync()
    {
        while (true)
        {
            TaskCompletionSource worker;
            lock (_lock)
            {
                if (_waiting.Count > 0)
                    return TakeWaiting();
                if (_isClosed)
                    return null;
                worker = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _idle.Enqueue(worker);
            }
            await worker.Task;
        }
    }

    /// <summary>Refuses new rows. Those that wait are still taken.</summary>
    public void Close()
    {
        TaskCompletionSource[] woken;
        lock (_lock)
        {
            _isClosed = true;
            woken = [.. _idle];
            _idle.Clear();
        }
        foreach (var worker in woken)
            worker.TrySetResult();
    }

    private RowBatch TakeWaiting()
    {
        var parts = new List<WaitingRows>();
        int count = 0;
        while (_waiting.First is { } node && (count == 0 || count + node.Value.Rows.Count <= _batchRows))
        {
            _waiting.Remove(node);
            node.Value.Node = null;
            count += node.Value.Rows.Count;
            parts.Add(node.Value);
        }
        _rows -= count;
        var batch = new RowBatch(parts);
        foreach (var part in parts)
            part.Batch = batch;
        return batch;
    }

    private async Task<PredictedRow[]> Answers(WaitingRows part, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.Register(() => GiveUp(part, cancellationToken));
        return await part.Answers;
    }

    private async Task<PredictedRow[]> Joined(WaitingRows[] parts, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.Register(() =>
        {
            foreach (var part in parts)
                GiveUp(part, cancellationToken);
        });
        var answers = new List<PredictedRow>();
        foreach (var part in await Task.WhenAll(parts.Select(part => part.Answers)))
            answers.AddRange(part);
        return [.. answers];
    }

    private void GiveUp(WaitingRows part, CancellationToken cancellationToken)
    {
        if (!part.GiveUp(cancellationToken))
            return;
        RowBatch? ended = null;
        lock (_lock)
        {
            if (part.Node is { } node)
            {
                _waiting.Remove(node);
                part.Node = null;
                _rows -= part.Rows.Count;
            }
            else if (part.Batch is { } batch && batch.Leave())
                ended = batch;
        }
        ended?.Cancel();
        _metrics.GivenUp(part.Rows.Count);
    }
}
