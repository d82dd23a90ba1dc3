using System.Text.Json.Serialization;
using Bayes.Layers.Service.Batching;
using Bayes.Layers.Service.Endpoints;
using Bayes.Layers.Service.Models;
using Bayes.Layers.Service.Observing;
using Bayes.Layers.Service.Rows;

namespace Bayes.Layers.Service;

/// <summary>Puts the service together.</summary>
internal static class ServiceApplication
{
    /// <summary>Loads the model and creates the service, which the caller starts and disposes.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="load">Loads the model; by default from the file that the configuration names.</param>
    /// <exception cref="CannotStartException">The configuration or the model is refused.</exception>
    public static WebApplication Create(string[] args, Func<ServiceOptions, ServedModel>? load = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        var options = ServiceOptions.From(builder.Configuration);
        var model = (load ?? ModelFile.Load)(options);
        builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = options.BodyBytes);
        // A factory, so that the model is disposed with the service.
        builder.Services.AddSingleton(_ => model).AddSingleton(options).AddSingleton<ServiceMetrics>();
        builder.Services.AddSingleton<RowQueue>().AddHostedService<Batcher>();
        builder.Services.AddSingleton(new ColumnIndex(model.Columns)).AddSingleton<JsonRows>();
        builder.Services.AddSingleton<PredictEndpoint>().AddSingleton<StreamSlots>().AddSingleton<RowStream>().AddSingleton<StreamEndpoint>();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, ServiceJson.Written);
            // Numbers are numbers, and not also text, in the OpenAPI document.
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        builder.Services.AddProblemDetails().AddOpenApi(document => document.AddDocumentTransformer<OpenApiText>());
        Telemetry.AddTo(builder);

        var service = builder.Build();
        // The container disposes what it has made: the model too, if nothing asks for it.
        _ = service.Services.GetRequiredService<ServedModel>();
        service.UseExceptionHandler().UseStatusCodePages();
        StoppingGate.AddTo(service);
        PredictEndpoint.Map(service);
        StreamEndpoint.Map(service);
        ModelEndpoint.Map(service);
        HealthEndpoints.Map(service);
        PageEndpoint.Map(service);
        service.MapOpenApi();
        return service;
    }
}
