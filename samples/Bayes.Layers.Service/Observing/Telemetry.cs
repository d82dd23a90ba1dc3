using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Bayes.Layers.Service.Observing;

/// <summary>Exports metrics and traces by OTLP, if the environment says where to.</summary>
internal static class Telemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Adds the export.</summary>
    public static void AddTo(WebApplicationBuilder builder)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration[Endpoint]))
            return;
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(ServiceMetrics.MeterName).AddAspNetCoreInstrumentation().AddOtlpExporter())
            .WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddOtlpExporter());
    }
}
