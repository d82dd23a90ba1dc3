namespace Bayes.Layers.Samples.Support.Running;

/// <summary>
/// Ctrl-C: while work that can be cut short goes on, the first one asks it to end; at any other time, and the second time,
/// it ends the process as ever.
/// </summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private volatile bool _isListening;

    /// <summary>Cancelled by the first Ctrl-C during <see cref="Listen"/>.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Says that Ctrl-C is to be taken as a request, until the result is disposed.</summary>
    public IDisposable Listen()
    {
        _isListening = true;
        return new Listening(this);
    }

    /// <summary>Ctrl-C was pressed.</summary>
    /// <returns>Whether it was taken as a request, so that the process goes on.</returns>
    public bool Press()
    {
        bool isRequest = _isListening && !_source.IsCancellationRequested;
        if (isRequest)
            _source.Cancel();
        return isRequest;
    }

    public void Dispose() => _source.Dispose();

    private sealed class Listening(Interrupt interrupt) : IDisposable
    {
        public void Dispose() => interrupt._isListening = false;
    }
}
