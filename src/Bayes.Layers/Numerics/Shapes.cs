namespace Bayes.Layers.Numerics;

/// <summary>How shapes are written in messages: <c>[32, 2]</c>.</summary>
internal static class Shapes
{
    public static string Describe(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
