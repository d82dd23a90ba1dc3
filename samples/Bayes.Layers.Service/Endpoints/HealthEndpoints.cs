namespace Bayes.Layers.Service.Endpoints;

/// <summary>Says whether the process lives, and whether it should get requests.</summary>
internal static class HealthEndpoints
{
    /// <summary>Where the routes begin.</summary>
    public const string Prefix = "/health";

    /// <summary>Maps the routes.</summary>
    public static void Map(WebApplication service)
    {
        var lifetime = service.Lifetime;
        service.MapGet($"{Prefix}/live", () => Answer("live", StatusCodes.Status200OK))
            .WithName("live").WithSummary("Says that the process lives").Produces<HealthAnswer>();
        service.MapGet($"{Prefix}/ready", () => lifetime.ApplicationStopping.IsCancellationRequested
                ? Answer("stopping", StatusCodes.Status503ServiceUnavailable) : Answer("ready", StatusCodes.Status200OK))
            .WithName("ready").WithSummary("Says whether the service takes requests").Produces<HealthAnswer>()
            .Produces<HealthAnswer>(StatusCodes.Status503ServiceUnavailable);
    }

    private static IResult Answer(string status, int code) =>
        Results.Json(new HealthAnswer(status), ServiceJson.Written.HealthAnswer, statusCode: code);
}

/// <summary>The state of the service.</summary>
/// <param name="Status">"live", "ready" or "stopping".</param>
internal sealed record HealthAnswer(string Status);
