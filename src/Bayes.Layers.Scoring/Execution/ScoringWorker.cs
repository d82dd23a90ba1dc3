namespace Bayes.Layers.Scoring;

/// <summary>
/// Scores the shards that another process asks for, line by line: the other side of <see cref="ProcessExecutor"/>. Ends when its input does, so that
/// no worker outlives the process that started it.
/// </summary>
public static class ScoringWorker
{
    private static readonly TimeSpan BetweenSigns = TimeSpan.FromSeconds(1);

    /// <summary>Serves until the input ends.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="folder">The folder of the parts.</param>
    /// <param name="input">Lines with the number of a shard each.</param>
    /// <param name="output">Receives a line when the model is loaded, when a shard is done or failed, and a sign of life every second.</param>
    /// <param name="device">Where a network computes; the CPU by default.</param>
    public static async Task RunAsync(ScoringPlan plan, string folder, TextReader input, TextWriter output, TorchSharp.torch.Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        output = TextWriter.Synchronized(output);
        using var ending = new CancellationTokenSource();
        using var signs = new Timer(_ => Send(output, WorkerLine.Alive), null, BetweenSigns, BetweenSigns);
        ShardScorer scorer;
        try
        {
            scorer = ShardScorer.Open(plan, device);
        }
        catch (Exception exception)
        {
            Send(output, WorkerLine.Refused(exception));
            return;
        }
        using (scorer)
        {
            Send(output, WorkerLine.Ready);
            Task work = Task.CompletedTask;
            while (await input.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                await work.ConfigureAwait(false);
                int shard = int.Parse(line, System.Globalization.CultureInfo.InvariantCulture);
                work = Task.Run(() => Score(scorer, shard, folder, output, ending.Token));
            }
            await ending.CancelAsync().ConfigureAwait(false);
            await work.ConfigureAwait(false);
        }
    }

    private static void Score(ShardScorer scorer, int shard, string folder, TextWriter output, CancellationToken cancellationToken)
    {
        try
        {
            scorer.Score(shard, folder, cancellationToken);
            Send(output, WorkerLine.Done(shard));
        }
        catch (Exception exception)
        {
            Send(output, WorkerLine.Failed(shard, exception));
        }
    }

    // Whoever started this process may be gone; then the input ends too.
    private static void Send(TextWriter output, string line)
    {
        try
        {
            output.WriteLine(line);
            output.Flush();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
        }
    }
}
