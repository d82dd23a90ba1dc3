using Bayes.Layers.Orleans.Scheduling;

namespace Bayes.Layers.Tests.Orleans;

/// <summary>
/// A cluster in a loop of ticks: a ledger that may be lost, agents that may die, freeze and be slow, a network that loses, doubles and delays, and a
/// disk of parts that may be full or corrupt. Everything that happens follows from the seed.
/// </summary>
internal sealed class SimulatedCluster
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private readonly Random _random;
    private readonly SimulatedFaults _faults;
    private readonly List<SimulatedAgent> _agents = [];
    private readonly List<(TimeSpan At, Action Deliver)> _network = [];
    private readonly Dictionary<int, bool> _parts = [];
    private readonly int _shardCount;
    private readonly LedgerOptions _options = new();
    private ShardLedger _ledger;
    private TimeSpan _now;
    private int _started;

    public SimulatedCluster(int seed, int shardCount, int agentCount, SimulatedFaults faults)
    {
        (_random, _shardCount, _faults) = (new Random(seed), shardCount, faults);
        _ledger = new ShardLedger(shardCount, _options, [], _now, follows: false);
        for (var i = 0; i < agentCount; i++)
            StartAgent();
    }

    /// <summary>Gets the shards of the result, each with how often it is in it.</summary>
    public IReadOnlyDictionary<int, int> Result { get; private set; } = new Dictionary<int, int>();

    public ShardLedger Ledger => _ledger;

    public TimeSpan Now => _now;

    public bool DiskIsFull { get; private set; }

    /// <summary>Gets the number of parts that were written, copies included.</summary>
    public int Written { get; private set; }

    public int PartCount => _parts.Count;

    /// <summary>Runs until the job has ended and no agent works for it, and returns whether it came to that within a simulated day.</summary>
    public bool Run(Action<SimulatedCluster>? each = null)
    {
        for (var last = TimeSpan.FromDays(1); _now < last; _now += Tick)
        {
            each?.Invoke(this);
            MakeFaults();
            foreach (var message in _network.Where(message => message.At <= _now).ToArray())
            {
                _network.Remove(message);
                message.Deliver();
            }
            foreach (var agent in _agents)
                Step(agent);
            _ledger.Tick(_now);
            if (_ledger.End != LedgerEnd.NotYet && _ledger.AttemptCount == 0 && _agents.All(agent => agent.Book.Running.Count == 0))
                return true;
        }
        return false;
    }

    private bool Happens(double perHour) => _random.NextDouble() < perHour * Tick.TotalHours;

    private void StartAgent()
    {
        var slow = _random.NextDouble() < _faults.SlowShare ? 20 : 1;
        _agents.Add(new SimulatedAgent($"silo {++_started}", slots: _random.Next(1, 4), slow));
    }

    private void MakeFaults()
    {
        if (Happens(_faults.DeathsPerHour) && _agents.Count > 0)
            _agents.RemoveAt(_random.Next(_agents.Count));
        if (Happens(_faults.DeathsOfAllPerHour))
        {
            _agents.Clear();
            LoseLedger();
        }
        if (_agents.Count == 0 || (Happens(_faults.DeathsPerHour) && _agents.Count < 6))
            StartAgent();
        if (Happens(_faults.LedgerLossesPerHour))
            LoseLedger();
        if (Happens(_faults.FreezesPerHour) && _agents.Count > 0)
            _agents[_random.Next(_agents.Count)].FrozenUntil = _now + TimeSpan.FromSeconds(_random.Next(5, 120));
        if (Happens(_faults.CorruptionsPerHour) && _parts.Count > 0)
            _parts[_parts.Keys.ElementAt(_random.Next(_parts.Count))] = false;
        DiskIsFull = DiskIsFull ? !Happens(600) : Happens(_faults.FullDisksPerHour);
    }

    /// <summary>Makes the ledger again from the parts, as another silo does; a corrupt part looks whole until it is read.</summary>
    private void LoseLedger()
    {
        if (_ledger.End == LedgerEnd.NotYet)
            _ledger = new ShardLedger(_shardCount, _options, _parts.Keys, _now, follows: true);
    }

    private void Step(SimulatedAgent agent)
    {
        if (_now < agent.FrozenUntil)
            return;
        foreach (var (item, work) in agent.Work.Where(work => work.Value.Ends <= _now).ToArray())
        {
            agent.Work.Remove(item);
            Finish(agent, item, work.Stopped);
        }
        if (_now >= agent.NextReport)
            Send(agent);
    }

    private void Finish(SimulatedAgent agent, int item, bool stopped)
    {
        agent.NextReport = _now;
        if (stopped && _random.Next(2) == 0)
            agent.Book.End(item, WorkResult.Stopped);
        else if (DiskIsFull)
            agent.Book.End(item, WorkResult.Failed, "No space is left on the disk.");
        else if (item == WorkItem.Merge)
            Merge(agent);
        else
        {
            _parts[item] = true;
            Written++;
            agent.Book.End(item, WorkResult.Done);
        }
    }

    private void Merge(SimulatedAgent agent)
    {
        var bad = Enumerable.Range(0, _shardCount).Where(shard => !_parts.GetValueOrDefault(shard)).ToArray();
        foreach (var shard in bad)
            _parts.Remove(shard);
        if (bad.Length > 0)
        {
            agent.Book.End(WorkItem.Merge, WorkResult.Failed, "A part is corrupt.", bad);
            return;
        }
        Result = _parts.ToDictionary(part => part.Key, _ => 1);
        agent.Book.End(WorkItem.Merge, WorkResult.Done);
    }

    private void Send(SimulatedAgent agent)
    {
        agent.NextReport = _now + TimeSpan.FromSeconds(1);
        var report = agent.Book.Report(agent.Slots - agent.Book.Running.Count);
        agent.LastReport = report.Number;
        for (var copies = Draw(_faults.DoubledShare) ? 2 : 1; copies > 0; copies--)
            if (!Draw(_faults.LostShare))
                _network.Add((_now + Delay(), () => Receive(agent, report)));
    }

    private void Receive(SimulatedAgent agent, WorkReport report)
    {
        var order = _ledger.Exchange(report, _now);
        if (!Draw(_faults.LostShare))
            _network.Add((_now + Delay(), () => Answer(agent, report.Number, order)));
    }

    private void Answer(SimulatedAgent agent, long number, WorkOrder order)
    {
        if (!_agents.Contains(agent) || agent.Answered >= number || agent.LastReport != number || _now < agent.FrozenUntil)
            return;
        agent.Answered = number;
        foreach (var item in agent.Book.Take(order))
            agent.Work[item] = (_now + (agent.Slowness * TimeSpan.FromSeconds(1 + (4 * _random.NextDouble()))), false);
        foreach (var item in order.Stop)
            if (agent.Work.ContainsKey(item))
                agent.Work[item] = (_now + TimeSpan.FromSeconds(_random.NextDouble()), true);
    }

    private bool Draw(double share) => _random.NextDouble() < share;

    private TimeSpan Delay() => Draw(_faults.DelayedShare) ? TimeSpan.FromSeconds(20 * _random.NextDouble()) : TimeSpan.Zero;
}
