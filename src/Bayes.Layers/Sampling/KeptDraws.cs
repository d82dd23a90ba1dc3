namespace Bayes.Layers.Sampling;

/// <summary>
/// Keeps every k-th of a chain's draws, and at most a number of them: when there would be more, it drops every second one and doubles k. Which draws
/// are kept depends on how many there were alone.
/// </summary>
/// <param name="thinning">k at the start.</param>
/// <param name="most">The most draws that are kept; at least 1.</param>
internal sealed class KeptDraws<T>(int thinning, int most)
{
    private readonly List<T> _kept = [];
    private long _seen;
    private long _every = thinning;

    /// <summary>Gets the kept draws in order.</summary>
    public IReadOnlyList<T> Kept => _kept;

    /// <summary>Gets k.</summary>
    public long Thinning => _every;

    /// <summary>Looks at the next draw.</summary>
    /// <param name="make">Returns a copy of the draw if it is kept.</param>
    public void Add(Func<T> make)
    {
        bool isKept = ++_seen % _every == 0;
        if (!isKept)
            return;
        if (_kept.Count == most)
        {
            // The draws with the numbers 2k, 4k, … stay.
            for (int i = 0, to = 0; i < most; i++)
                if (i % 2 == 1)
                    _kept[to++] = _kept[i];
                else
                    (_kept[i] as IDisposable)?.Dispose();
            _kept.RemoveRange(most / 2, most - most / 2);
            _every *= 2;
            if (_seen % _every != 0)
                return;
        }
        _kept.Add(make());
    }
}
