using System.Text.Json;

namespace Bayes.Layers.Tests.Golden;

/// <summary>
/// Reference numbers computed in double precision with PyTorch 2.6, scikit-learn 1.4 and SciPy: those of <c>golden.json</c>, and below
/// <c>inference</c> those of <c>golden-inference.json</c>.
/// </summary>
internal static class GoldenData
{
    private static readonly JsonElement Root = Read("golden.json"), Inference = Read("golden-inference.json");

    public static JsonElement At(params ReadOnlySpan<string> path)
    {
        bool isInference = path is ["inference", ..];
        var element = isInference ? Inference : Root;
        foreach (string key in isInference ? path[1..] : path)
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

    private static JsonElement Read(string file) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", file))).RootElement;

    private static void Flatten(JsonElement element, List<double> values)
    {
        if (element.ValueKind == JsonValueKind.Number)
            values.Add(element.GetDouble());
        else
            foreach (var child in element.EnumerateArray())
                Flatten(child, values);
    }
}
