using System.Text.Json;

namespace Bayes.Layers.Samples;

/// <summary>Writes metrics.json.</summary>
internal static class MetricsFile
{
    public const string Name = "metrics.json";

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Writes the file whole or not at all.</summary>
    public static void Write<T>(string folder, T metrics) =>
        WholeFile.Write(Path.Combine(folder, Name), JsonSerializer.Serialize(metrics, Format) + "\n");
}
