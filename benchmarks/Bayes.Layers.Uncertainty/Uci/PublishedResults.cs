using System.Text.Json;

namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>The numbers that others published, with their sources and caveats.</summary>
internal static class PublishedResults
{
    private static readonly JsonElement Root = Read();

    /// <summary>Names of the methods, in the order of the tables.</summary>
    public static IReadOnlyList<string> Methods { get; } =
        [.. Root.GetProperty("sets").EnumerateObject().SelectMany(set => set.Value.EnumerateObject().Select(method => method.Name)).Distinct()];

    /// <summary>Where the numbers are from, by the names of methods.</summary>
    public static IReadOnlyList<(string Methods, string Source)> Sources { get; } =
        [.. Root.GetProperty("sources").EnumerateObject().Select(source => (Readable(source.Name), source.Value.GetString()!))];

    /// <summary>What makes the numbers less comparable, a sentence each.</summary>
    public static IReadOnlyList<string> Caveats { get; } =
        [.. Root.GetProperty("caveats").EnumerateArray().Select(caveat => caveat.GetString()!)];

    /// <summary>Returns the RMSE and the log density of a method on a set; null where it has none.</summary>
    public static (double? Rmse, double? LogDensity) Of(string set, string method) =>
        Root.GetProperty("sets").TryGetProperty(set, out var methods) && methods.TryGetProperty(method, out var numbers)
            ? (Number(numbers, "rmse"), Number(numbers, "log_density"))
            : (null, null);

    /// <summary>Returns a name as it stands in text.</summary>
    public static string Readable(string name) => name.Replace('_', ' ');

    private static double? Number(JsonElement numbers, string name) => numbers.TryGetProperty(name, out var number) ? number.GetDouble() : null;

    private static JsonElement Read()
    {
        using var stream = typeof(PublishedResults).Assembly.GetManifestResourceStream("uci-published.json")!;
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
