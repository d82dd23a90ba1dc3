namespace Bayes.Layers.Orleans.Scheduling;

/// <summary>The errors of one item so far.</summary>
internal sealed class ShardFailures
{
    private readonly Dictionary<string, int> _counts = [];
    private readonly HashSet<string> _agents = [];

    public int Total { get; private set; }

    /// <summary>Gets when the item may be tried again.</summary>
    public TimeSpan NotBefore { get; private set; }

    /// <summary>Counts one error and returns how often this sentence was seen.</summary>
    public int Add(string agent, string error, TimeSpan now, TimeSpan delay)
    {
        Total++;
        NotBefore = now + (Total * delay);
        _agents.Add(agent);
        return _counts[error] = _counts.GetValueOrDefault(error) + 1;
    }

    public bool HasFailedAt(string agent) => _agents.Contains(agent);
}
