namespace Bayes.Layers.Soak;

/// <summary>A thread that continuously collects garbage and runs finalizers, at times independent of the other threads.</summary>
internal sealed class CollectingThread : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Thread _thread;
    private long _collections;

    public CollectingThread()
    {
        _thread = new Thread(Collect) { IsBackground = true, Name = nameof(CollectingThread) };
        _thread.Start();
    }

    /// <summary>The number of collections so far.</summary>
    public long Collections => Interlocked.Read(ref _collections);

    public void Dispose()
    {
        _end.Cancel();
        _thread.Join();
        _end.Dispose();
    }

    private void Collect()
    {
        var pause = new Random(1);
        while (!_end.IsCancellationRequested)
        {
            GC.Collect(pause.Next(3), GCCollectionMode.Forced, blocking: true);
            GC.WaitForPendingFinalizers();
            Interlocked.Increment(ref _collections);
            Thread.Sleep(TimeSpan.FromMicroseconds(pause.Next(20_000)));
        }
    }
}
