using System.Text.Json;

namespace Bayes.Layers.Tests.Golden;

/// <summary>
/// Reference numbers of <c>golden.json</c>, computed in double precision with PyTorch 2.6, scikit-learn 1.4 and SciPy.
/// </summary>
internal static class GoldenData
{
    private static readonly JsonElement Root =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "golden.json"))).RootElement;

    public static JsonElement At(params ReadOnlySpan<string> path)
    {
        var element = Root;
        foreach (string key in path)
            element = element.GetProperty(key);
        return element;
    }

    public static double Number(params ReadOnlySpan<string> path) => At(path).GetDouble();

    public static Tensor Tensor(params ReadOnlySpan<string> path) => At(path).ToTensor();

    /// <summary>Nested arrays as a Float64 tensor.</summary>
    public static Tensor ToTensor(this JsonElement element)
    {
        var shape = new List<long>();
        for (var level = element; level.ValueKind == JsonValueKind.Array; level = level[0])
            shape.Add(level.GetArrayLength());
        var values = new List<double>();
        Flatten(element, values);
        return tensor(values.ToArray(), float64).reshape([.. shape]);
    }

    private static void Flatten(JsonElement element, List<double> values)
    {
        if (element.ValueKind == JsonValueKind.Number)
            values.Add(element.GetDouble());
        else
            foreach (var child in element.EnumerateArray())
                Flatten(child, values);
    }
}
