using Bayes.Layers.Service.Rows;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace Bayes.Layers.Service.Endpoints;

/// <summary>Answers the lines of a large body while it arrives: as many lines are in memory as fit into a batch.</summary>
internal sealed class StreamEndpoint(StreamSlots slots, ColumnIndex index, RowStream rows, ServiceOptions options)
{
    /// <summary>The route.</summary>
    public const string Route = "/predict/stream";

    private const string Lines = "application/x-ndjson", Csv = "text/csv";

    // A reader that takes nothing for so long has gone.
    private static readonly MinDataRate SlowestReader = new(bytesPerSecond: 1, gracePeriod: TimeSpan.FromMinutes(1));

    /// <summary>Maps the route.</summary>
    public static void Map(WebApplication service) => service
        .MapPost(Route, (HttpContext context, StreamEndpoint endpoint) => endpoint.Answer(context))
        .WithName("predictStream").WithSummary("Predicts the lines of a large body while it arrives")
        .WithDescription(
            "The body has a row on each line: JSON, or CSV with a header. Each line of the answer is a prediction or an error, with the number of "
            + "its line. Read the answer while you send: the service reads no further than the client does.")
        .Accepts<string>(Lines, Csv).Produces<Models.PredictedRow>(StatusCodes.Status200OK, Lines)
        .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private async Task<IResult> Answer(HttpContext context)
    {
        if (!slots.TryTake())
            return Refusal.Of(
                context, StatusCodes.Status503ServiceUnavailable,
                $"There are {options.Streams} streams already, as many as this service has at a time. Try again later.");
        try
        {
            Unlimit(context);
            var lines = new LineReader(context.Request.BodyReader, options.LineBytes);
            CsvRows? csv = null;
            if (context.Request.ContentType?.StartsWith(Csv, StringComparison.OrdinalIgnoreCase) == true)
            {
                var header = await lines.ReadAsync(1, context.RequestAborted);
                string? error = "The body is empty; expected a header with the names of the columns.";
                if (header is not [{ Text: { } names }] || (csv = CsvRows.TryStart(index, names, out error)) is null)
                    return Refusal.Of(context, StatusCodes.Status400BadRequest, error ?? "The header is too long.");
            }
            context.Response.ContentType = Lines;
            await rows.Answer(context, lines, csv);
            return Results.Empty;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return Results.Empty;
        }
        catch (BadHttpRequestException) when (context.Response.HasStarted)
        {
            // The body ended too early: an answer that ends as if it were whole would hide it.
            context.Abort();
            return Results.Empty;
        }
        finally
        {
            slots.Free();
        }
    }

    private static void Unlimit(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        // Lines may come slowly, as they are made.
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } sending)
            sending.MinDataRate = null;
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } reading)
            reading.MinDataRate = SlowestReader;
    }
}
