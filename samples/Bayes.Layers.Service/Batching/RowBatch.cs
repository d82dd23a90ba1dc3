namespace Bayes.Layers.Service.Batching;

/// <summary>Rows of several requests that are predicted together.</summary>
internal sealed class RowBatch(IReadOnlyList<WaitingRows> parts) : IDisposable
{
    private readonly CancellationTokenSource _cancelled = new();
    private int _wanted = parts.Count;

    /// <summary>Gets the parts.</summary>
    public IReadOnlyList<WaitingRows> Parts => parts;

    /// <summary>Gets the rows of all parts.</summary>
    public IReadOnlyList<object?[]> Rows { get; } = parts is [var single] ? single.Rows : [.. parts.SelectMany(part => part.Rows)];

    /// <summary>Gets a token that is cancelled when nobody waits for any part.</summary>
    public CancellationToken Cancelled => _cancelled.Token;

    /// <summary>Records that nobody waits for a part any more. Under the queue's lock.</summary>
    /// <returns>True if that was the last one: then the caller cancels the batch, outside the lock.</returns>
    public bool Leave() => --_wanted == 0;

    /// <summary>Ends the work.</summary>
    public void Cancel()
    {
        try
        {
            _cancelled.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The batch ended in the meantime.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cancelled.Dispose();
}
