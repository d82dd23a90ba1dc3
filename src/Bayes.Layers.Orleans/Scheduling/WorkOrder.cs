namespace Bayes.Layers.Orleans.Scheduling;

/// <summary>What a job answers to a report.</summary>
[GenerateSerializer, Immutable, Alias("Bayes.Layers.WorkOrder")]
internal sealed record WorkOrder
{
    public static readonly WorkOrder Nothing = new();

    [Id(0)]
    public int[] Start { get; init; } = [];

    [Id(1)]
    public int[] Stop { get; init; } = [];

    /// <summary>Gets the state of the job when the order was written.</summary>
    [Id(2)]
    public ScoringJobState State { get; init; }

    /// <summary>Gets how many times the job was resumed after it had failed: a refusal counts within one of them.</summary>
    [Id(3)]
    public int Round { get; init; }
}
