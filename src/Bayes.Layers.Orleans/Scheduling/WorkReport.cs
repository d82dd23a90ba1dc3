namespace Bayes.Layers.Orleans.Scheduling;

/// <summary>What an agent tells a job: that it lives, what it has done, what it does, and for how much more it has room.</summary>
[GenerateSerializer, Immutable, Alias("Bayes.Layers.WorkReport")]
internal sealed record WorkReport
{
    /// <summary>Gets the name of the agent, one for each start of a silo.</summary>
    [Id(0)]
    public required string Agent { get; init; }

    /// <summary>Gets the number of the report; an older one that arrives late changes nothing.</summary>
    [Id(1)]
    public required long Number { get; init; }

    [Id(2)]
    public required int Free { get; init; }

    [Id(3)]
    public int[] Running { get; init; } = [];

    [Id(4)]
    public WorkOutcome[] Outcomes { get; init; } = [];

    /// <summary>Gets why this agent can do nothing of the job, as another version of the library; null if it can.</summary>
    [Id(5)]
    public string? Refusal { get; init; }

    /// <summary>Gets whether the agent ends.</summary>
    [Id(6)]
    public bool Leaves { get; init; }
}
