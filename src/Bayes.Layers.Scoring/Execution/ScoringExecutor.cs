namespace Bayes.Layers.Scoring;

/// <summary>Does the shards of a plan: in this process, in several, or on a cluster.</summary>
public abstract class ScoringExecutor
{
    /// <summary>Scores shards until the part of each is there.</summary>
    /// <param name="work">The shards, and who is told of them.</param>
    /// <param name="cancellationToken">Ends the work. Finished parts stay.</param>
    /// <exception cref="ScoringException">A shard cannot be scored.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public abstract Task RunAsync(ScoringWork work, CancellationToken cancellationToken);
}
