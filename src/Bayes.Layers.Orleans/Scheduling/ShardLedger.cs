namespace Bayes.Layers.Orleans.Scheduling;

/// <summary>
/// Knows which shards of a job are open, at work and done, and answers agents that ask for work. It knows no clock, no disk and no engine: time is an
/// argument. What is done is written nowhere else than in the parts; a ledger that is lost is made again from them, and takes over what agents say
/// that they work on.
/// </summary>
/// <remarks>
/// An agent reports what it runs each time; what the ledger had given it and the report lacks was lost on the way and is open again. Reports and
/// outcomes are numbered, so what arrives twice or late changes nothing. A silent agent loses its shards after <see cref="LedgerOptions.Lease"/>.
/// When no shard is open, the shard that has run for the longest is given a second time; the first part wins, and the other agent is told to stop.
/// </remarks>
internal sealed class ShardLedger
{
    private const int CopyLimit = 2;

    private readonly LedgerOptions _options;
    private readonly bool[] _done;
    private readonly SortedSet<int> _open = [];
    private readonly Dictionary<int, List<string>> _running = [];
    private readonly Dictionary<string, LedgerAgent> _agents = [];
    private readonly Dictionary<int, ShardFailures> _failures = [];
    private readonly TimeSpan _settled;
    private TimeSpan? _refusedSince;
    private double _seconds;
    private long _timed;

    /// <param name="shardCount">Number of shards.</param>
    /// <param name="options">Times and limits.</param>
    /// <param name="done">Shards whose parts are there.</param>
    /// <param name="now">Time.</param>
    /// <param name="follows">Whether agents may be at work already, for a ledger before this one.</param>
    public ShardLedger(int shardCount, LedgerOptions options, IEnumerable<int> done, TimeSpan now, bool follows)
    {
        _options = options;
        _done = new bool[shardCount];
        _settled = follows ? now + options.Settling : now;
        foreach (var shard in done)
            Finish(shard);
        _open.UnionWith(Enumerable.Range(0, shardCount).Where(shard => !_done[shard]));
    }

    public int ShardCount => _done.Length;

    public int DoneCount { get; private set; }

    /// <summary>Gets the number of shards that at least one agent works on.</summary>
    public int RunningCount => _running.Keys.Count(item => item >= 0 && !_done[item]);

    /// <summary>Gets the number of agents at work on an item, copies included.</summary>
    public int AttemptCount => _running.Values.Sum(agents => agents.Count);

    public int AgentCount => _agents.Values.Count(agent => agent.Refusal is null);

    /// <summary>Gets or sets whether no item is given out.</summary>
    public bool Paused { get; set; }

    public LedgerEnd End { get; private set; }

    /// <summary>Gets the sentence of a job that failed.</summary>
    public string? Error { get; private set; }

    /// <summary>Gets a refusal of an agent, if there is one.</summary>
    public string? Refusal => _agents.Values.Select(agent => agent.Refusal).FirstOrDefault(refusal => refusal is not null);

    public bool Merging => End == LedgerEnd.NotYet && DoneCount == ShardCount;

    public bool IsDone(int shard) => _done[shard];

    public void Cancel()
    {
        if (End == LedgerEnd.NotYet)
            End = LedgerEnd.Cancelled;
    }

    /// <summary>Takes in a report and returns what its agent starts and stops.</summary>
    public WorkOrder Exchange(WorkReport report, TimeSpan now)
    {
        if (!_agents.TryGetValue(report.Agent, out var agent))
            _agents[report.Agent] = agent = new LedgerAgent();
        if (report.Number <= agent.Report)
            return WorkOrder.Nothing;
        agent.Report = report.Number;
        agent.LastSeen = now;
        agent.Refusal = report.Refusal;

        foreach (var outcome in report.Outcomes)
            if (outcome.Number > agent.Outcome)
            {
                agent.Outcome = outcome.Number;
                Take(report.Agent, agent, outcome, now);
            }
        Reconcile(report, agent, now);
        if (report.Leaves)
        {
            Drop(report.Agent);
            return WorkOrder.Nothing;
        }
        Tick(now);

        var stop = agent.Running.Keys.Where(IsPointless).ToArray();
        var start = Give(report, agent, now);
        return new WorkOrder { Start = start, Stop = stop };
    }

    /// <summary>Takes the shards of silent agents back, and fails the job if every agent has refused it for a whole lease.</summary>
    public void Tick(TimeSpan now)
    {
        foreach (var name in _agents.Where(agent => now - agent.Value.LastSeen > _options.Lease).Select(agent => agent.Key).ToArray())
            Drop(name);

        var refused = End == LedgerEnd.NotYet && _agents.Count > 0 && _agents.Values.All(agent => agent.Refusal is not null);
        _refusedSince = refused ? _refusedSince ?? now : null;
        if (now - _refusedSince > _options.Lease)
            Fail(Refusal!);
    }

    private void Take(string name, LedgerAgent agent, WorkOutcome outcome, TimeSpan now)
    {
        var item = outcome.Item;
        if (agent.Running.TryGetValue(item, out var began) && outcome.Result == WorkResult.Done && item >= 0 && !_done[item])
            (_seconds, _timed) = (_seconds + (now - began).TotalSeconds, _timed + 1);
        Release(name, agent, item);

        if (outcome.Result == WorkResult.Done && item >= 0)
            Finish(item);
        else if (outcome.Result == WorkResult.Done && Merging)
            End = LedgerEnd.Merged;
        else if (outcome.Result == WorkResult.Failed && outcome.BadShards.Length > 0)
            TakeBadParts(name, outcome, now);
        else if (outcome.Result == WorkResult.Failed && (item < 0 ? Merging : !_done[item]))
            Count(name, item, outcome.Error ?? "An agent gave no reason for a failure.", now);
    }

    /// <summary>Opens the shards again whose parts are absent or corrupt.</summary>
    private void TakeBadParts(string name, WorkOutcome outcome, TimeSpan now)
    {
        foreach (var shard in outcome.BadShards)
        {
            if (!_done[shard])
                continue;
            _done[shard] = false;
            DoneCount--;
            if (!_running.ContainsKey(shard))
                _open.Add(shard);
            Count(name, shard, outcome.Error ?? $"The part of shard {shard} is absent or corrupt.", now);
        }
    }

    private void Count(string agent, int item, string error, TimeSpan now)
    {
        if (!_failures.TryGetValue(item, out var failures))
            _failures[item] = failures = new ShardFailures();
        var same = failures.Add(agent, error, now, _options.RetryDelay);
        if (same >= _options.FailureLimit || failures.Total >= _options.TotalFailureLimit)
            Fail(error);
    }

    private void Reconcile(WorkReport report, LedgerAgent agent, TimeSpan now)
    {
        foreach (var item in agent.Running.Keys.Except(report.Running).ToArray())
            Release(report.Agent, agent, item);
        foreach (var item in report.Running)
            if (agent.Running.TryAdd(item, now))
                Lease(report.Agent, item);
    }

    private int[] Give(WorkReport report, LedgerAgent agent, TimeSpan now)
    {
        if (End != LedgerEnd.NotYet || Paused || agent.Refusal is not null || now < _settled)
            return [];
        var start = new List<int>();
        while (start.Count < report.Free && Next(report.Agent, agent, now) is { } item)
        {
            start.Add(item);
            agent.Running.Add(item, now);
            Lease(report.Agent, item);
        }
        return [.. start];
    }

    private int? Next(string name, LedgerAgent agent, TimeSpan now)
    {
        if (Merging)
            return !_running.ContainsKey(WorkItem.Merge) && IsReady(WorkItem.Merge, now) ? WorkItem.Merge : null;
        return NextOpen(name, now) ?? NextCopy(agent, now);
    }

    /// <summary>Returns the first open shard, and one that this agent failed at only if there is no other agent.</summary>
    private int? NextOpen(string name, TimeSpan now)
    {
        var alone = _agents.Values.Count(agent => agent.Refusal is null) < 2;
        foreach (var shard in _open)
            if (!_failures.TryGetValue(shard, out var failures) || (now >= failures.NotBefore && (alone || !failures.HasFailedAt(name))))
                return shard;
        // Another agent that is busy or fails as well must not keep a shard open for ever.
        foreach (var shard in _open)
            if (now >= _failures[shard].NotBefore + _options.Lease)
                return shard;
        return null;
    }

    private int? NextCopy(LedgerAgent agent, TimeSpan now)
    {
        var age = _options.MinimumCopyAge;
        if (_timed > 0 && TimeSpan.FromSeconds(_options.CopyFactor * _seconds / _timed) is var longer && longer > age)
            age = longer;
        (int Shard, TimeSpan Began)? oldest = null;
        foreach (var (item, agents) in _running)
        {
            if (item < 0 || _done[item] || agents.Count >= CopyLimit || agent.Running.ContainsKey(item))
                continue;
            var began = _agents[agents[0]].Running[item];
            if (now - began >= age && (oldest is null || began < oldest.Value.Began))
                oldest = (item, began);
        }
        return oldest?.Shard;
    }

    private bool IsReady(int item, TimeSpan now) => !_failures.TryGetValue(item, out var failures) || now >= failures.NotBefore;

    private bool IsPointless(int item) => End != LedgerEnd.NotYet || (item >= 0 ? _done[item] : !Merging);

    private void Finish(int shard)
    {
        if (_done[shard])
            return;
        _done[shard] = true;
        DoneCount++;
        _open.Remove(shard);
    }

    private void Fail(string error)
    {
        if (End == LedgerEnd.NotYet)
            (End, Error) = (LedgerEnd.Failed, error);
    }

    private void Lease(string name, int item)
    {
        if (!_running.TryGetValue(item, out var agents))
            _running[item] = agents = [];
        agents.Add(name);
        _open.Remove(item);
    }

    private void Release(string name, LedgerAgent agent, int item)
    {
        if (!agent.Running.Remove(item))
            return;
        var agents = _running[item];
        agents.Remove(name);
        if (agents.Count > 0)
            return;
        _running.Remove(item);
        if (item >= 0 && !_done[item])
            _open.Add(item);
    }

    private void Drop(string name)
    {
        var agent = _agents[name];
        foreach (var item in agent.Running.Keys.ToArray())
            Release(name, agent, item);
        _agents.Remove(name);
    }
}
