namespace Bayes.Layers.Scoring;

/// <summary>Shards that are to be scored. An executor tells it what becomes of them, from any thread.</summary>
public sealed class ScoringWork
{
    private readonly IProgress<ScoringProgress>? _progress;
    private readonly Lock _gate = new();
    private readonly HashSet<int> _left;
    private int _workers;

    internal ScoringWork(ScoringPlan plan, ScoringParts parts, IReadOnlyList<int> shards, IProgress<ScoringProgress>? progress)
    {
        (Plan, Parts, Shards, _progress) = (plan, parts, shards, progress);
        _left = [.. shards];
    }

    /// <summary>Gets the plan.</summary>
    public ScoringPlan Plan { get; }

    /// <summary>Gets the folder of the parts.</summary>
    public ScoringParts Parts { get; }

    /// <summary>Gets the numbers of the shards to score, in order.</summary>
    public IReadOnlyList<int> Shards { get; }

    /// <summary>Tells that a shard was begun.</summary>
    public void Begin() => Report(+1, note: null);

    /// <summary>Tells that a shard is no longer in work.</summary>
    /// <param name="done">The shard if its part is there; null if the work on it ended otherwise.</param>
    /// <param name="note">What happened, for the progress; null for nothing unusual.</param>
    public void End(int? done, string? note = null)
    {
        if (done is { } shard)
            lock (_gate)
                _left.Remove(shard);
        Report(-1, note);
    }

    private void Report(int workers, string? note)
    {
        // One at a time, so that the numbers never go back.
        lock (_gate)
        {
            _workers += workers;
            _progress?.Report(new ScoringProgress(Plan.ShardCount - _left.Count, Plan.ShardCount, _workers, note));
        }
    }
}
