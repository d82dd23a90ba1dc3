using System.Text.Json;

namespace Bayes.Layers.Samples;

/// <summary>Writes metrics.json.</summary>
internal static class MetricsFile
{
    public const string Name = "metrics.json";

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Writes the file whole or not at all: to a temporary name first, then renamed.</summary>
    public static void Write<T>(string folder, T metrics)
    {
        string path = Path.Combine(folder, Name), partial = path + ".partial";
        try
        {
            File.WriteAllText(partial, JsonSerializer.Serialize(metrics, Format) + "\n");
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
