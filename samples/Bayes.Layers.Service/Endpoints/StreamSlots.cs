namespace Bayes.Layers.Service.Endpoints;

/// <summary>Limits the number of streams at a time.</summary>
internal sealed class StreamSlots(ServiceOptions options)
{
    private int _free = options.Streams;

    /// <summary>Takes a slot.</summary>
    /// <returns>False if all are taken.</returns>
    public bool TryTake()
    {
        if (Interlocked.Decrement(ref _free) >= 0)
            return true;
        Interlocked.Increment(ref _free);
        return false;
    }

    /// <summary>Gives a slot back.</summary>
    public void Free() => Interlocked.Increment(ref _free);
}
