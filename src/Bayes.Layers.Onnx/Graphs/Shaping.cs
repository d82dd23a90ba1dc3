namespace Bayes.Layers.Onnx.Graphs;

/// <summary>Operators that change the shape or order of a value, and take parts of it.</summary>
internal static class Shaping
{
    /// <summary>Gives a value another shape with the same elements in the same order.</summary>
    public static GraphValue Reshape(this GraphBuilder graph, GraphValue value, params IEnumerable<AxisSize> sizes)
    {
        AxisSize[] all = [.. sizes];
        // One size may stay open: the one that remains, or otherwise the first that is not known.
        int open = Array.FindIndex(all, size => size is { Known: null, Value: null });
        if (open < 0)
            open = Array.FindIndex(all, size => size.Known is null);
        var pieces = new List<GraphValue>();
        var numbers = new List<long>();
        foreach (var (i, size) in all.Index())
            if (i == open)
                numbers.Add(-1);
            else if (size.Known is { } known)
                numbers.Add(known);
            else
            {
                Flush();
                pieces.Add(graph.SizeOf(size.Value!, size.Axis));
            }
        Flush();
        var shape = pieces.Count == 1 ? pieces[0] : graph.Node("Concat", pieces, ElementType.Int64, [all.Length], ("axis", 0L));
        return graph.Node("Reshape", [value, shape], value.Type, OpenSize());

        void Flush()
        {
            if (numbers.Count > 0)
                pieces.Add(graph.Integers([.. numbers]));
            numbers.Clear();
        }

        // Returns the shape, with the open size if all others and those of the value are known.
        long?[] OpenSize()
        {
            long?[] found = [.. all.Select(size => size.Known)];
            if (open >= 0 && value.Shape.All(size => size is not null) && found.Where((_, i) => i != open).All(size => size > 0))
                found[open] = value.Shape.Aggregate(1L, (product, size) => product * size!.Value)
                    / found.Where((_, i) => i != open).Aggregate(1L, (product, size) => product * size!.Value);
            return found;
        }
    }

    /// <summary>Returns a value with its axes in another order.</summary>
    public static GraphValue Transpose(this GraphBuilder graph, GraphValue value, params long[] order) =>
        order.Index().All(each => each.Index == each.Item)
            ? value
            : graph.Node("Transpose", [value], value.Type, order.Select(axis => value.Shape[axis]), ("perm", order));

    /// <summary>Exchanges two axes.</summary>
    public static GraphValue Exchange(this GraphBuilder graph, GraphValue value, int first, int second)
    {
        long[] order = [.. Enumerable.Range(0, value.Rank).Select(axis => (long)axis)];
        (order[first], order[second]) = (order[second], order[first]);
        return graph.Transpose(value, order);
    }

    /// <summary>Adds an axis of size 1.</summary>
    public static GraphValue Unsqueeze(this GraphBuilder graph, GraphValue value, int axis)
    {
        List<long?> shape = [.. value.Shape];
        shape.Insert(axis, 1);
        return graph.Node("Unsqueeze", [value, graph.Integers(axis)], value.Type, shape);
    }

    /// <summary>Removes an axis of size 1.</summary>
    public static GraphValue Squeeze(this GraphBuilder graph, GraphValue value, int axis)
    {
        List<long?> shape = [.. value.Shape];
        shape.RemoveAt(axis);
        return graph.Node("Squeeze", [value, graph.Integers(axis)], value.Type, shape);
    }

    /// <summary>Joins values along an axis.</summary>
    public static GraphValue Concat(this GraphBuilder graph, IReadOnlyList<GraphValue> values, int axis)
    {
        long?[] shape = [.. values[0].Shape];
        shape[axis] = values.All(value => value.Shape[axis] is not null) ? values.Sum(value => value.Shape[axis]!.Value) : null;
        return graph.Node("Concat", values, values[0].Type, shape, ("axis", (long)axis));
    }

    /// <summary>Returns the part of a value from an index to before another along an axis.</summary>
    public static GraphValue Slice(this GraphBuilder graph, GraphValue value, int axis, long from, long to)
    {
        long?[] shape = [.. value.Shape];
        shape[axis] = to - from;
        return graph.Node("Slice", [value, graph.Integers(from), graph.Integers(to), graph.Integers(axis)], value.Type, shape);
    }

    /// <summary>Returns the first part of a value along an axis, of the size of an axis of another value.</summary>
    public static GraphValue FirstPart(this GraphBuilder graph, GraphValue value, int axis, GraphValue like, int axisOfLike)
    {
        long?[] shape = [.. value.Shape];
        shape[axis] = like.Shape[axisOfLike];
        return shape[axis] == value.Shape[axis] ? value : graph.Node(
            "Slice", [value, graph.Integers(0), graph.SizeOf(like, axisOfLike), graph.Integers(axis)], value.Type, shape);
    }

    /// <summary>Returns the entries of a value along an axis that whole numbers name.</summary>
    public static GraphValue Gather(this GraphBuilder graph, GraphValue value, GraphValue indices, int axis) => graph.Node(
        "Gather", [value, indices], value.Type, [.. value.Shape[..axis], .. indices.Shape, .. value.Shape[(axis + 1)..]], ("axis", (long)axis));

    /// <summary>Repeats the axes of size 1 of a value so that it gets a shape; sizes of 1 stay as they are.</summary>
    public static GraphValue Expand(this GraphBuilder graph, GraphValue value, params long[] sizes)
    {
        long?[] shape = Arithmetic.Broadcast(value.Shape, [.. sizes.Select(size => (long?)size)]);
        return graph.Node("Expand", [value, graph.Integers(sizes)], value.Type, shape);
    }

    /// <summary>Pads axes.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="value">The value.</param>
    /// <param name="pads">How much to add, or to take away if below 0, before the start of each axis, and then behind the end of each.</param>
    /// <param name="mode">constant, reflect, edge or wrap.</param>
    /// <param name="constant">The number that <c>constant</c> adds.</param>
    public static GraphValue Pad(this GraphBuilder graph, GraphValue value, long[] pads, string mode, double constant = 0)
    {
        var shape = value.Shape.Select((size, axis) => size + pads[axis] + pads[axis + value.Rank]);
        return pads.All(pad => pad == 0) ? value : graph.Node(
            "Pad", [value, graph.Integers(pads), mode == "constant" ? graph.Scalar(constant) : null], value.Type, shape, ("mode", mode));
    }
}
