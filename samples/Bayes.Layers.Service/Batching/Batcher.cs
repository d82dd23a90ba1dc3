using System.Diagnostics;
using Bayes.Layers.Service.Models;
using Bayes.Layers.Service.Observing;

namespace Bayes.Layers.Service.Batching;

/// <summary>
/// Predicts what waits, all at once: while a batch is computed, the rows of the next one gather. There is no delay that would let a batch grow
/// (decision 74).
/// </summary>
internal sealed class Batcher(RowQueue queue, ServedModel model, ServiceOptions options, ServiceMetrics metrics, ILogger<Batcher> log)
    : BackgroundService
{
    private const string Unexpected = "The row could not be predicted; the service has logged why.";

    /// <summary>Computes what waits, and takes nothing more.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // The server has stopped before, and with it all requests.
        queue.Close();
        if (ExecuteTask is { } work)
            await work.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, options.Workers).Select(_ => Task.Run(WorkAsync, CancellationToken.None)));

    private async Task WorkAsync()
    {
        while (await queue.TakeAsync() is { } batch)
            using (batch)
                Compute(batch);
    }

    // Dispose scopes belong to a thread: nothing here waits asynchronously.
    private void Compute(RowBatch batch)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            var answers = Predict(batch);
            metrics.Computed(batch, Stopwatch.GetElapsedTime(start));
            Answer(batch, answers);
        }
        catch (OperationCanceledException) when (batch.Cancelled.IsCancellationRequested)
        {
            // Nobody waits any more.
        }
        catch (Exception exception)
        {
            // Nobody may wait forever for a batch that failed.
            log.LogError(exception, "A batch of {Rows} rows failed.", batch.Rows.Count);
            foreach (var part in batch.Parts)
                part.Fail(exception);
        }
    }

    private PredictedRow[] Predict(RowBatch batch)
    {
        try
        {
            return model.Predict(batch.Rows, batch.Cancelled);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            if (exception is not InvalidDataException)
                log.LogError(exception, "A batch of {Rows} rows failed; its rows are tried one by one.", batch.Rows.Count);
            return [.. batch.Rows.Select(row => PredictAlone(row, batch.Cancelled))];
        }
    }

    private PredictedRow PredictAlone(object?[] row, CancellationToken cancellationToken)
    {
        try
        {
            return model.Predict([row], cancellationToken)[0];
        }
        catch (InvalidDataException exception)
        {
            return new PredictedRow { Error = exception.Message };
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            log.LogError(exception, "A row failed.");
            return new PredictedRow { Error = Unexpected };
        }
    }

    private void Answer(RowBatch batch, PredictedRow[] answers)
    {
        int first = 0;
        foreach (var part in batch.Parts)
        {
            var own = batch.Parts.Count == 1 ? answers : answers[first..(first + part.Rows.Count)];
            first += part.Rows.Count;
            metrics.Answered(own, Stopwatch.GetElapsedTime(part.Since));
            part.Answer(own);
        }
    }
}
