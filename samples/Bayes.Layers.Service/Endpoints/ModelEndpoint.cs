using Bayes.Layers.Service.Models;

namespace Bayes.Layers.Service.Endpoints;

/// <summary>Describes the model.</summary>
internal static class ModelEndpoint
{
    /// <summary>Maps the route.</summary>
    public static void Map(WebApplication service) => service
        .MapGet("/model", (ServedModel model) => Results.Json(model.Description, ServiceJson.Written.ModelDescription))
        .WithName("model").WithSummary("Describes the model, and the columns of its rows").Produces<ModelDescription>();
}
