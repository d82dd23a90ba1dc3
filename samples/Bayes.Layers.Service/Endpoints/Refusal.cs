using Bayes.Layers.Service.Observing;

namespace Bayes.Layers.Service.Endpoints;

/// <summary>Refuses a whole request with a status and one sentence, as problem+json.</summary>
internal static class Refusal
{
    private const string SecondsToWait = "1";

    /// <summary>Returns the answer, and counts it.</summary>
    public static IResult Of(HttpContext context, int status, string sentence)
    {
        context.RequestServices.GetRequiredService<ServiceMetrics>().RefusedRequest(status);
        if (status == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = SecondsToWait;
        return Results.Problem(sentence, statusCode: status);
    }

    /// <summary>Returns the answer to a body that the server does not read to its end.</summary>
    public static IResult Of(HttpContext context, BadHttpRequestException exception, int mostBytes) =>
        exception.StatusCode == StatusCodes.Status413PayloadTooLarge
            ? Of(context, exception.StatusCode, $"The body is too large; expected at most {mostBytes} bytes: send several requests, or a stream.")
            : Of(context, exception.StatusCode, exception.Message);
}
