using System.Text.Json;

namespace Bayes.Layers.Service.Endpoints;

/// <summary>Rows to predict.</summary>
/// <param name="Rows">Each row is an object with a value for each column, or an array of values in the order of the columns.</param>
internal sealed record PredictRequest(IReadOnlyList<JsonElement> Rows);
