namespace Bayes.Layers.Scoring;

/// <summary>Scores shards in this process, several at a time, with one model. Nothing else has to be there.</summary>
/// <remarks>
/// Within a shard, a prediction uses as many threads as torch may (<c>torch.set_num_threads</c>); neither number changes an answer.
/// </remarks>
/// <param name="workers">The number of shards at a time; by default the number of processors.</param>
/// <param name="device">Where a network computes; the CPU by default.</param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="workers"/> is below 1.</exception>
public sealed class ThreadExecutor(int? workers = null, TorchSharp.torch.Device? device = null) : ScoringExecutor
{
    private readonly int _workers = workers is null or > 0 ? workers ?? Environment.ProcessorCount
        : throw new ArgumentOutOfRangeException(nameof(workers), workers, $"workers is {workers}; expected at least 1.");

    /// <inheritdoc/>
    public override async Task RunAsync(ScoringWork work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        using var scorer = ShardScorer.Open(work.Plan, device);
        var options = new ParallelOptions { MaxDegreeOfParallelism = _workers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(work.Shards, options, (shard, ended) =>
        {
            work.Begin();
            int? done = null;
            try
            {
                scorer.Score(shard, work.Parts.Folder, ended);
                done = shard;
            }
            finally
            {
                work.End(done);
            }
            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
    }
}
