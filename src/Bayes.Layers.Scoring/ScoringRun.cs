using System.Diagnostics;

namespace Bayes.Layers.Scoring;

/// <summary>Scores a table from its plan to the file of results.</summary>
public static class ScoringRun
{
    private const int MostMerges = 3;

    /// <summary>
    /// Scores all shards of a plan and puts their parts together. What an interrupted run finished is used. At the end the parts are removed.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="output">The file of results, Parquet, written whole or not at all. Its folder must exist.</param>
    /// <param name="executor">Who does the shards; this process by default.</param>
    /// <param name="folder">The folder of the parts; by default <paramref name="output"/> with <c>.parts</c> after it.</param>
    /// <param name="progress">Receives a report when a shard begins or ends, one at a time, on any thread.</param>
    /// <param name="cancellationToken">Ends the work. Finished parts stay, for the next run.</param>
    /// <exception cref="ScoringException">The plan and what is found do not fit, or a shard cannot be scored.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<ScoringResult> RunAsync(
        ScoringPlan plan, string output, ScoringExecutor? executor = null, string? folder = null, IProgress<ScoringProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentException.ThrowIfNullOrWhiteSpace(output);
        if (Path.GetDirectoryName(Path.GetFullPath(output)) is { } place && !Directory.Exists(place))
            throw new DirectoryNotFoundException($"The folder '{place}' of the results does not exist; expected one that does.");
        long start = Stopwatch.GetTimestamp();
        executor ??= new ThreadExecutor();
        var parts = new ScoringParts(plan, folder ?? $"{output}.parts");
        var missing = parts.Missing();
        int reused = plan.ShardCount - missing.Count;
        for (int merges = 1; ; merges++)
        {
            if (missing.Count > 0)
                await executor.RunAsync(new ScoringWork(plan, parts, missing, progress), cancellationToken).ConfigureAwait(false);
            try
            {
                await Task.Run(() => parts.Merge(output, cancellationToken), cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (DamagedPartsException exception) when (merges < MostMerges)
            {
                foreach (int shard in exception.Shards)
                    parts.Remove(shard);
                missing = exception.Shards;
                progress?.Report(new ScoringProgress(
                    plan.ShardCount - missing.Count, plan.ShardCount, 0, $"{exception.Message} It is scored again."));
            }
        }
        parts.Remove();
        return new ScoringResult(output, plan.Rows, reused, Stopwatch.GetElapsedTime(start));
    }
}
