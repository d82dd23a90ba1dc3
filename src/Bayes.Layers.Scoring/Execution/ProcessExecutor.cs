using System.Diagnostics;

namespace Bayes.Layers.Scoring;

/// <summary>
/// Scores shards in several processes on this machine. A worker that ends or is silent is replaced and its shard scored again; when no shard is left
/// to begin, idle workers score the slowest ones too, and the first answer counts.
/// </summary>
/// <param name="workers">The number of processes; at least 1.</param>
/// <param name="worker">
/// Returns how to start a worker: a program that calls <see cref="ScoringWorker.RunAsync"/> with the plan and the folder of parts. Its streams are
/// redirected.
/// </param>
/// <exception cref="ArgumentOutOfRangeException"><paramref name="workers"/> is below 1.</exception>
public sealed class ProcessExecutor(int workers, Func<ScoringWork, ProcessStartInfo> worker) : ScoringExecutor
{
    private readonly int _workers = workers > 0 ? workers
        : throw new ArgumentOutOfRangeException(nameof(workers), workers, $"workers is {workers}; expected at least 1.");

    private readonly Func<ScoringWork, ProcessStartInfo> _worker = worker ?? throw new ArgumentNullException(nameof(worker));

    /// <summary>Gets how long a worker may be silent before it is ended; 30 seconds by default. It gives a sign of life every second.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is not above zero.</exception>
    public TimeSpan Patience
    {
        get;
        init => field = value > TimeSpan.Zero ? value
            : throw new ArgumentOutOfRangeException(nameof(Patience), value, $"Patience is {value}; expected a time above zero.");
    } = TimeSpan.FromSeconds(30);

    /// <summary>Gets the ids of the processes at work now, for tests that end them.</summary>
    internal IReadOnlyList<int> ProcessIds => _running?.ProcessIds ?? [];

    private ProcessRun? _running;

    /// <inheritdoc/>
    public override async Task RunAsync(ScoringWork work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        // What a worker would refuse is refused here, in this process' words.
        work.Plan.RequireThisLibrary();
        var run = new ProcessRun(work, Math.Min(_workers, work.Shards.Count), () => _worker(work), Patience);
        _running = run;
        try
        {
            await run.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await run.EndAsync().ConfigureAwait(false);
            work.Parts.RemovePartial();
        }
    }
}
