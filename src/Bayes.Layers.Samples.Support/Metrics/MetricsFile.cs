using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bayes.Layers.Reports.Pages;

namespace Bayes.Layers.Samples.Support.Metrics;

/// <summary>Writes metrics.json. A <see cref="MetricsPart"/> is not an object of its own: its fields are listed in its place.</summary>
internal static class MetricsFile
{
    public const string Name = "metrics.json";

    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { ListParts } },
    };

    /// <summary>Writes the file completely or not at all.</summary>
    public static void Write<T>(string folder, T metrics) =>
        WholeFile.Write(Path.Combine(folder, Name), JsonSerializer.Serialize(metrics, Format) + "\n");

    private static void ListParts(JsonTypeInfo type)
    {
        for (int i = type.Properties.Count - 1; i >= 0; i--)
        {
            var part = type.Properties[i];
            if (!part.PropertyType.IsAssignableTo(typeof(MetricsPart)))
                continue;
            type.Properties.RemoveAt(i);
            foreach (var (offset, field) in type.Options.GetTypeInfo(part.PropertyType).Properties.Index())
            {
                var listed = type.CreateJsonPropertyInfo(field.PropertyType, field.Name);
                listed.Get = metrics => field.Get!(part.Get!(metrics)!);
                type.Properties.Insert(i + offset, listed);
            }
        }
    }
}
