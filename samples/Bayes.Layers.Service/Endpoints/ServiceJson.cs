using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bayes.Layers.Service.Models;

namespace Bayes.Layers.Service.Endpoints;

/// <summary>How answers are written.</summary>
[JsonSerializable(typeof(PredictRequest))]
[JsonSerializable(typeof(PredictResponse))]
[JsonSerializable(typeof(PredictedRow))]
[JsonSerializable(typeof(ModelDescription))]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class ServiceJson : JsonSerializerContext
{
    /// <summary>Gets the types as this service writes them: names in camel case, no nulls, quotation marks as they are.</summary>
    public static ServiceJson Written { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
