namespace Bayes.Layers.Onnx.Graphs;

/// <summary>A value in a graph: an input, an initializer, or an output of a node.</summary>
/// <param name="Name">The name, unique in the graph.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The sizes of the axes; null where a size is known only when the graph runs.</param>
internal sealed record GraphValue(string Name, ElementType Type, long?[] Shape)
{
    /// <summary>Gets the number of axes.</summary>
    public int Rank => Shape.Length;

    /// <summary>Returns the shape as text, such as <c>[?, 3]</c>.</summary>
    public string DescribeShape() => Describe(Shape);

    /// <inheritdoc cref="DescribeShape"/>
    public static string Describe(IEnumerable<long?> shape) => $"[{string.Join(", ", shape.Select(size => size is { } known ? $"{known}" : "?"))}]";
}
