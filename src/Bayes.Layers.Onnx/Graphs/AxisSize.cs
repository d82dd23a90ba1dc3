namespace Bayes.Layers.Onnx.Graphs;

/// <summary>The size of an axis that a value is to get: a number, or that of an axis of another value.</summary>
internal readonly record struct AxisSize
{
    private AxisSize(long? known, GraphValue? value, int axis) => (Known, Value, Axis) = (known, value, axis);

    /// <summary>Gets the size; null if it is known only when the graph runs.</summary>
    public long? Known { get; }

    /// <summary>Gets the value whose axis has the size; null if it is a number, or what remains.</summary>
    public GraphValue? Value { get; }

    /// <summary>Gets the axis of <see cref="Value"/>.</summary>
    public int Axis { get; }

    /// <summary>Gets the size that remains of the number of elements; at most one in a shape.</summary>
    public static AxisSize Rest => default;

    /// <summary>Returns the size of an axis of a value.</summary>
    public static AxisSize Of(GraphValue value, int axis) => value.Shape[axis] is { } known ? known : new AxisSize(null, value, axis);

    /// <summary>Returns the sizes of all axes of a value within a range.</summary>
    public static IEnumerable<AxisSize> Of(GraphValue value, Range axes)
    {
        var (offset, length) = axes.GetOffsetAndLength(value.Rank);
        return Enumerable.Range(offset, length).Select(axis => Of(value, axis));
    }

    /// <summary>Returns the product of sizes if all are known, and otherwise what remains.</summary>
    public static AxisSize Product(IEnumerable<AxisSize> sizes)
    {
        long product = 1;
        foreach (var size in sizes)
            if (size.Known is { } known)
                product *= known;
            else
                return Rest;
        return product;
    }

    public static implicit operator AxisSize(long known) => new(known, null, 0);
}
