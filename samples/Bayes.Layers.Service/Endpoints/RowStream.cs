using System.Buffers;
using System.Text.Json;
using Bayes.Layers.Service.Batching;
using Bayes.Layers.Service.Models;
using Bayes.Layers.Service.Observing;
using Bayes.Layers.Service.Rows;

namespace Bayes.Layers.Service.Endpoints;

/// <summary>Reads lines, predicts those that have arrived, writes their answers, and reads on when the client has taken them.</summary>
internal sealed class RowStream(
    JsonRows json, RowQueue queue, ServiceOptions options, ServiceMetrics metrics, IHostApplicationLifetime lifetime)
{
    /// <summary>Answers all lines.</summary>
    /// <param name="context">The request.</param>
    /// <param name="lines">Its lines.</param>
    /// <param name="csv">The reader of CSV; null for JSON.</param>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async Task Answer(HttpContext context, LineReader lines, CsvRows? csv)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        // The client may wait for the head of the answer before it sends.
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        while (true)
        {
            IReadOnlyList<Line> read;
            try
            {
                read = await lines.ReadAsync(options.BatchRows, reading.Token);
            }
            catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
            {
                await Write(context, [new PredictedRow { Error = "The service is stopping; the lines after the last answer were not predicted." }]);
                return;
            }
            if (read.Count == 0)
                return;
            await Write(context, await Predict(read, csv, context.RequestAborted));
        }
    }

    private async Task<IReadOnlyList<PredictedRow>> Predict(IReadOnlyList<Line> lines, CsvRows? csv, CancellationToken cancellationToken)
    {
        var answers = new List<PredictedRow>(lines.Count);
        var (good, places) = (new List<object?[]>(lines.Count), new List<int>(lines.Count));
        foreach (var line in lines)
        {
            if (string.IsNullOrWhiteSpace(line.Text) && line.Text is not null)
                continue;
            var (values, error) = Read(line, csv);
            if (values is not null)
            {
                good.Add(values);
                places.Add(answers.Count);
            }
            answers.Add(new PredictedRow { Line = line.Number, Error = error });
        }
        metrics.RefusedRows(answers.Count - good.Count);
        if (good.Count == 0)
            return answers;
        var predicted = queue.TryAdd(good, isStream: true, cancellationToken)
            ?? throw new OperationCanceledException("The service has stopped.");
        foreach (var (index, answer) in (await predicted).Index())
            answers[places[index]] = answer with { Line = answers[places[index]].Line };
        return answers;
    }

    private RowReading Read(Line line, CsvRows? csv)
    {
        if (line.Text is null)
            return RowReading.Refused($"The line is too long; expected at most {options.LineBytes} bytes.");
        if (csv is not null)
            return csv.Read(line.Text);
        try
        {
            using var document = JsonDocument.Parse(line.Text);
            return json.Read(document.RootElement);
        }
        catch (JsonException exception)
        {
            return RowReading.Refused($"The line is not JSON: {exception.Message}");
        }
    }

    private static async Task Write(HttpContext context, IReadOnlyList<PredictedRow> answers)
    {
        var body = context.Response.BodyWriter;
        foreach (var answer in answers)
        {
            using var writer = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = ServiceJson.Written.Options.Encoder });
            JsonSerializer.Serialize(writer, answer, ServiceJson.Written.PredictedRow);
            writer.Flush();
            body.Write("\n"u8);
        }
        // Waits while the client does not read.
        await body.FlushAsync(context.RequestAborted);
    }
}
