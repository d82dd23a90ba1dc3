namespace Bayes.Layers.Orleans.Scheduling;

/// <summary>What a ledger knows of one agent.</summary>
internal sealed class LedgerAgent
{
    /// <summary>Gets or sets the number of the last report.</summary>
    public long Report { get; set; }

    /// <summary>Gets or sets the number of the last outcome that was counted.</summary>
    public long Outcome { get; set; }

    public TimeSpan LastSeen { get; set; }

    public string? Refusal { get; set; }

    /// <summary>Gets the items that the agent works on, with the time at which it began.</summary>
    public Dictionary<int, TimeSpan> Running { get; } = [];
}
