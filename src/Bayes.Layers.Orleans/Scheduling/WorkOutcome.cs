namespace Bayes.Layers.Orleans.Scheduling;

/// <summary>What became of one item at one agent. Numbers of an agent's outcomes increase, so that one that arrives twice counts once.</summary>
[GenerateSerializer, Immutable, Alias("Bayes.Layers.WorkOutcome")]
internal sealed record WorkOutcome
{
    [Id(0)]
    public required long Number { get; init; }

    [Id(1)]
    public required int Item { get; init; }

    [Id(2)]
    public required WorkResult Result { get; init; }

    /// <summary>Gets the sentence of the error.</summary>
    [Id(3)]
    public string? Error { get; init; }

    /// <summary>Gets the shards whose parts a merge found absent or corrupt.</summary>
    [Id(4)]
    public int[] BadShards { get; init; } = [];
}
