namespace Bayes.Layers.Orleans.Scheduling;

/// <summary>
/// What an agent knows of its work for one job: what runs, and the outcomes that the job has not yet confirmed. The agent sends one report at a time.
/// It knows no clock, no threads and no engine.
/// </summary>
internal sealed class AgentBook(string agent)
{
    private readonly HashSet<int> _running = [];
    private readonly List<WorkOutcome> _outcomes = [];
    private long _report;
    private long _outcome;
    private long _sent;

    /// <summary>Gets the items at work.</summary>
    public IReadOnlyCollection<int> Running => _running;

    /// <summary>Gets the number of outcomes that the job has not confirmed.</summary>
    public int Unconfirmed => _outcomes.Count;

    /// <summary>Returns the next report.</summary>
    public WorkReport Report(int free, string? refusal = null, bool leaves = false)
    {
        _sent = _outcome;
        return new WorkReport
        {
            Agent = agent,
            Number = ++_report,
            Free = free,
            Running = [.. _running],
            Outcomes = [.. _outcomes],
            Refusal = refusal,
            Leaves = leaves,
        };
    }

    /// <summary>Takes the answer to the last report, and returns the items to start.</summary>
    public IReadOnlyList<int> Take(WorkOrder order)
    {
        _outcomes.RemoveAll(outcome => outcome.Number <= _sent);
        return [.. order.Start.Where(_running.Add)];
    }

    /// <summary>Writes down how an item ended.</summary>
    public void End(int item, WorkResult result, string? error = null, int[]? badShards = null)
    {
        _running.Remove(item);
        _outcomes.Add(new WorkOutcome { Number = ++_outcome, Item = item, Result = result, Error = error, BadShards = badShards ?? [] });
    }
}
