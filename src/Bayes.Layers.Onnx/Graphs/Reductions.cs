namespace Bayes.Layers.Onnx.Graphs;

/// <summary>Operators that reduce or normalize along axes.</summary>
internal static class Reductions
{
    /// <summary>Applies an operator that reduces axes, such as <c>ReduceMean</c>.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="operation">The operator, whose axes are an input.</param>
    /// <param name="value">The value.</param>
    /// <param name="keeps">Whether the axes stay, with size 1.</param>
    /// <param name="axes">The axes; below 0 they count from the last.</param>
    public static GraphValue Reduce(this GraphBuilder graph, string operation, GraphValue value, bool keeps, params long[] axes)
    {
        var reduced = axes.Select(axis => axis < 0 ? axis + value.Rank : axis).ToHashSet();
        var shape = value.Shape.Select((size, axis) => reduced.Contains(axis) ? (keeps ? 1 : -1) : size).Where(size => size != -1);
        return graph.Node(operation, [value, graph.Integers(axes)], value.Type, shape, ("keepdims", keeps ? 1L : 0L));
    }

    /// <summary>Returns the mean along axes.</summary>
    public static GraphValue Mean(this GraphBuilder graph, GraphValue value, bool keeps, params long[] axes) =>
        graph.Reduce("ReduceMean", value, keeps, axes);

    /// <summary>Returns the sum along axes.</summary>
    public static GraphValue Sum(this GraphBuilder graph, GraphValue value, bool keeps, params long[] axes) =>
        graph.Reduce("ReduceSum", value, keeps, axes);

    /// <summary>Returns (x − mean) / √(variance + ε) along axes, with the divisor n.</summary>
    public static GraphValue Normalize(this GraphBuilder graph, GraphValue value, double epsilon, params long[] axes)
    {
        var difference = graph.Subtract(value, graph.Mean(value, keeps: true, axes));
        var variance = graph.Mean(graph.Square(difference), keeps: true, axes);
        return graph.Divide(difference, graph.Apply("Sqrt", graph.Add(variance, graph.Number(epsilon))));
    }
}
