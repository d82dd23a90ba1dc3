namespace Bayes.Layers.Service.Endpoints;

/// <summary>Refuses new requests on connections that are open while the service stops. Those that came before are answered.</summary>
internal static class StoppingGate
{
    /// <summary>Adds the gate before all routes but those of health.</summary>
    public static void AddTo(WebApplication service)
    {
        var stopping = service.Lifetime.ApplicationStopping;
        service.Use((context, next) => stopping.IsCancellationRequested && !context.Request.Path.StartsWithSegments(HealthEndpoints.Prefix)
            ? Refusal.Of(context, StatusCodes.Status503ServiceUnavailable, "The service is stopping.").ExecuteAsync(context)
            : next(context));
    }
}
