namespace Bayes.Layers.Orleans.Jobs;

/// <summary>What a job knows of its plan.</summary>
internal sealed record PlanFacts(string Fingerprint, IReadOnlyList<long> RowsOfShards)
{
    public int ShardCount => RowsOfShards.Count;

    public long RowCount => RowsOfShards.Sum();
}
