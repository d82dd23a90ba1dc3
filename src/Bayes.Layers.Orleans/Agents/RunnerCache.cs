using Bayes.Layers.Orleans.Jobs;

namespace Bayes.Layers.Orleans.Agents;

/// <summary>The loaded models of a silo: one for each plan, shared by its shards, unloaded when no shard has used it for a time.</summary>
internal sealed class RunnerCache(TimeSpan idleTime, TimeProvider time) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = [];

    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    /// <summary>Runs a piece of work with the model of a key, which the first one loads.</summary>
    /// <exception cref="RunnerRefusedException">The model cannot be loaded.</exception>
    public void Use(string key, Func<IShardRunner> open, Action<IShardRunner> use)
    {
        var entry = Enter(key, open);
        try
        {
            use(Load(key, entry));
        }
        finally
        {
            lock (_lock)
            {
                entry.Users--;
                entry.LastUse = time.GetTimestamp();
            }
        }
    }

    /// <summary>Unloads what was not used for the idle time.</summary>
    public void UnloadIdle()
    {
        List<Entry> idle = [];
        lock (_lock)
            foreach (var (key, entry) in _entries.Where(entry => IsIdle(entry.Value)).ToArray())
            {
                _entries.Remove(key);
                idle.Add(entry);
            }
        idle.ForEach(entry => entry.Dispose());
    }

    public void Dispose()
    {
        Entry[] entries;
        lock (_lock)
        {
            entries = [.. _entries.Values.Where(entry => entry.Users == 0)];
            _entries.Clear();
        }
        foreach (var entry in entries)
            entry.Dispose();
    }

    private bool IsIdle(Entry entry) => entry.Users == 0 && time.GetElapsedTime(entry.LastUse) >= idleTime;

    private Entry Enter(string key, Func<IShardRunner> open)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry))
                _entries[key] = entry = new Entry(open);
            entry.Users++;
            return entry;
        }
    }

    private IShardRunner Load(string key, Entry entry)
    {
        try
        {
            return entry.Runner.Value;
        }
        catch (Exception exception)
        {
            lock (_lock)
                if (_entries.TryGetValue(key, out var there) && there == entry)
                    _entries.Remove(key);
            throw new RunnerRefusedException(ErrorSentence.Of(exception), exception);
        }
    }

    private sealed class Entry(Func<IShardRunner> open) : IDisposable
    {
        public Lazy<IShardRunner> Runner { get; } = new(open);

        public int Users { get; set; }

        public long LastUse { get; set; }

        public void Dispose()
        {
            if (Runner.IsValueCreated)
                Runner.Value.Dispose();
        }
    }
}
