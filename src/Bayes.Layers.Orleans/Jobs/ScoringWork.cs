using Bayes.Layers.Scoring;

namespace Bayes.Layers.Orleans.Jobs;

/// <summary>The work of <c>Bayes.Layers.Scoring</c>.</summary>
internal sealed class ScoringWork : IScoringWork
{
    public PlanFacts Read(ScoringJobRequest request)
    {
        var plan = Plan(request);
        return new PlanFacts(plan.Fingerprint, [.. Enumerable.Range(0, plan.ShardCount).Select(shard => plan.RangeOf(shard).Rows)]);
    }

    public int[] FindComplete(ScoringJobRequest request)
    {
        var plan = Plan(request);
        return [.. Enumerable.Range(0, plan.ShardCount).Except(new ScoringParts(plan, request.PartsFolder).Missing())];
    }

    public IShardRunner Open(ScoringJobRequest request) => new Runner(ShardScorer.Open(Plan(request)), request.PartsFolder);

    public void Merge(ScoringJobRequest request, CancellationToken cancellation)
    {
        var parts = new ScoringParts(Plan(request), request.PartsFolder);
        try
        {
            parts.Merge(request.Output, cancellation);
        }
        catch (DamagedPartsException damaged)
        {
            foreach (int shard in damaged.Shards)
                parts.Remove(shard);
            throw;
        }
    }

    public void RemoveParts(ScoringJobRequest request)
    {
        new ScoringParts(Plan(request), request.PartsFolder).Remove();

        // What a merge left whose silo died.
        string folder = Path.GetDirectoryName(request.Output)!;
        if (Directory.Exists(folder))
            foreach (string file in Directory.EnumerateFiles(folder, $"{Path.GetFileName(request.Output)}.*.partial"))
                File.Delete(file);
    }

    // Its paths are full ones. Without a folder, the current one would be asked for, which a process may have lost.
    private static ScoringPlan Plan(ScoringJobRequest request) => ScoringPlan.Parse(request.Plan, request.PartsFolder);

    private sealed class Runner(ShardScorer scorer, string folder) : IShardRunner
    {
        public void Score(int shard, CancellationToken cancellation) => scorer.Score(shard, folder, cancellation);

        public void Dispose() => scorer.Dispose();
    }
}
