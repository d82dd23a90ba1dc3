using System.Text.Json.Nodes;
using Bayes.Layers.Service.Models;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Bayes.Layers.Service.Endpoints;

/// <summary>Puts the model and an example of its rows into the OpenAPI document.</summary>
internal sealed class OpenApiText(ServedModel model) : IOpenApiDocumentTransformer
{
    /// <inheritdoc/>
    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info.Title = "Predictions with their uncertainty";
        document.Info.Description =
            $"{model.Description.Model}. A row has the columns {string.Join(", ", model.Columns.Select(column => column.Name))}.";
        var example = new JsonObject { ["rows"] = new JsonArray(ExampleRow()) };
        if (document.Paths.TryGetValue("/predict", out var path)
            && path.Operations?[HttpMethod.Post].RequestBody?.Content is { } content
            && content.TryGetValue("application/json", out var body) && body is OpenApiMediaType media)
            media.Example = example;
        return Task.CompletedTask;
    }

    private JsonObject ExampleRow() =>
        new(model.Columns.Where(column => column.IsRequired).Select(column => KeyValuePair.Create(column.Name, ExampleOf(column.Kind))));

    private static JsonNode? ExampleOf(ValueKind kind) => kind switch
    {
        ValueKind.Number => 0,
        ValueKind.Text => "text",
        ValueKind.Truth => true,
        _ => "2026-01-31",
    };
}
