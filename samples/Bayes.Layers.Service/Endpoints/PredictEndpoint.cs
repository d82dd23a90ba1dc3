using System.Text.Json;
using Bayes.Layers.Service.Batching;
using Bayes.Layers.Service.Models;
using Bayes.Layers.Service.Observing;
using Bayes.Layers.Service.Rows;

namespace Bayes.Layers.Service.Endpoints;

/// <summary>Answers the rows of a request, and refuses bad rows one by one.</summary>
internal sealed class PredictEndpoint(JsonRows reader, RowQueue queue, ServiceOptions options, ServiceMetrics metrics)
{
    private const int ClientClosedRequest = 499;

    /// <summary>Maps the route.</summary>
    public static void Map(WebApplication service) => service
        .MapPost("/predict", (HttpContext context, PredictEndpoint endpoint) => endpoint.Answer(context))
        .WithName("predict").WithSummary("Predicts rows")
        .WithDescription(
            "Every row gets an answer in its place: a prediction, or an error that says why the row is refused. "
            + "The answer of a row does not depend on the rows beside it.")
        .Accepts<PredictRequest>("application/json").Produces<PredictResponse>()
        .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType).ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private async Task<IResult> Answer(HttpContext context)
    {
        JsonDocument document;
        try
        {
            document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        }
        catch (JsonException exception)
        {
            return Refusal.Of(context, StatusCodes.Status400BadRequest, $"The body is not JSON: {exception.Message}");
        }
        catch (BadHttpRequestException exception)
        {
            return Refusal.Of(context, exception, options.BodyBytes);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return Results.StatusCode(ClientClosedRequest);
        }
        using (document)
            return RowsOf(document.RootElement) is not { } rows
                ? Refusal.Of(context, StatusCodes.Status400BadRequest, "The body has no rows; expected {\"rows\": [{\"column\": value, …}, …]}.")
                : rows.GetArrayLength() is var count && count == 0
                    ? Refusal.Of(context, StatusCodes.Status400BadRequest, "The request has no rows; expected at least one.")
                : count > options.RequestRows
                    ? Refusal.Of(
                        context, StatusCodes.Status413PayloadTooLarge,
                        $"The request has {count} rows; expected at most {options.RequestRows}: send several requests, or a stream to "
                        + $"{StreamEndpoint.Route}.")
                : await Answer(context, rows);
    }

    private async Task<IResult> Answer(HttpContext context, JsonElement rows)
    {
        var answers = new PredictedRow[rows.GetArrayLength()];
        var (good, places) = (new List<object?[]>(answers.Length), new List<int>(answers.Length));
        foreach (var (place, row) in rows.EnumerateArray().Index())
        {
            var (values, error) = reader.Read(row);
            if (values is null)
            {
                answers[place] = new PredictedRow { Error = error };
                continue;
            }
            good.Add(values);
            places.Add(place);
        }
        metrics.RefusedRows(answers.Length - good.Count);
        if (good.Count > 0)
        {
            try
            {
                if (queue.TryAdd(good, isStream: false, context.RequestAborted) is not { } predicted)
                    return Refusal.Of(
                        context, StatusCodes.Status503ServiceUnavailable,
                        $"There is no room for {good.Count} rows beside those that wait; at most {options.QueueRows} may. Try again later.");
                foreach (var (index, answer) in (await predicted).Index())
                    answers[places[index]] = answer;
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                return Results.StatusCode(ClientClosedRequest);
            }
        }
        return Results.Json(new PredictResponse(answers, answers.Count(answer => answer.Error is not null)), ServiceJson.Written.PredictResponse);
    }

    private static JsonElement? RowsOf(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty("rows", out var rows) && rows.ValueKind == JsonValueKind.Array ? rows : null;
}
