namespace Bayes.Layers.Samples.Support.Running;

/// <summary>Ctrl-C. During work that can end early, the first press asks it to end. Any other press ends the process.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private volatile bool _isListening;

    /// <summary>The token that the first Ctrl-C after <see cref="Listen"/> cancels.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Takes Ctrl-C as a request to end work, until the result is disposed.</summary>
    public IDisposable Listen()
    {
        _isListening = true;
        return new Listening(this);
    }

    /// <summary>Handles Ctrl-C.</summary>
    /// <returns>Whether it is taken as a request, so that the process continues.</returns>
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
