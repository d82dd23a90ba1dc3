namespace Bayes.Layers.Onnx.Graphs;

/// <summary>Operators that compute each element, whose operands broadcast as NumPy's do.</summary>
internal static class Arithmetic
{
    /// <summary>Applies an operator with one input of numbers.</summary>
    public static GraphValue Apply(this GraphBuilder graph, string operation, GraphValue value, params GraphAttribute[] attributes) =>
        graph.Node(operation, [value], value.Type, value.Shape, attributes);

    /// <summary>Returns a + b.</summary>
    public static GraphValue Add(this GraphBuilder graph, GraphValue a, GraphValue b) => graph.Binary("Add", a, b);

    /// <summary>Returns a − b.</summary>
    public static GraphValue Subtract(this GraphBuilder graph, GraphValue a, GraphValue b) => graph.Binary("Sub", a, b);

    /// <summary>Returns a · b.</summary>
    public static GraphValue Multiply(this GraphBuilder graph, GraphValue a, GraphValue b) => graph.Binary("Mul", a, b);

    /// <summary>Returns a · b for a number b.</summary>
    public static GraphValue Multiply(this GraphBuilder graph, GraphValue a, double b) => graph.Multiply(a, graph.Number(b));

    /// <summary>Returns a / b.</summary>
    public static GraphValue Divide(this GraphBuilder graph, GraphValue a, GraphValue b) => graph.Binary("Div", a, b);

    /// <summary>Returns the mean of two values of one shape.</summary>
    public static GraphValue Middle(this GraphBuilder graph, GraphValue a, GraphValue b) => graph.Node("Mean", [a, b], a.Type, a.Shape);

    /// <summary>Returns a².</summary>
    public static GraphValue Square(this GraphBuilder graph, GraphValue a) => graph.Multiply(a, a);

    /// <summary>Returns a, clamped to [<paramref name="low"/>, <paramref name="high"/>].</summary>
    public static GraphValue Clip(this GraphBuilder graph, GraphValue a, double? low, double? high) => graph.Node(
        "Clip", [a, low is { } least ? graph.Scalar(least) : null, high is { } most ? graph.Scalar(most) : null], a.Type, a.Shape);

    /// <summary>Returns whether a &lt; b.</summary>
    public static GraphValue Less(this GraphBuilder graph, GraphValue a, GraphValue b) => graph.Binary("Less", a, b, ElementType.Bool);

    /// <summary>Returns whether a &gt; b.</summary>
    public static GraphValue Greater(this GraphBuilder graph, GraphValue a, GraphValue b) => graph.Binary("Greater", a, b, ElementType.Bool);

    /// <summary>Returns <paramref name="a"/> where the condition holds, and otherwise <paramref name="b"/>.</summary>
    public static GraphValue Where(this GraphBuilder graph, GraphValue condition, GraphValue a, GraphValue b) =>
        graph.Node("Where", [condition, a, b], a.Type, Broadcast(condition.Shape, Broadcast(a.Shape, b.Shape)));

    /// <summary>Returns the product of matrices in the last two axes; those before them broadcast.</summary>
    public static GraphValue MatMul(this GraphBuilder graph, GraphValue a, GraphValue b) =>
        graph.Node("MatMul", [a, b], a.Type, [.. Broadcast(a.Shape[..^2], b.Shape[..^2]), a.Shape[^2], b.Shape[^1]]);

    /// <summary>Returns the shape of the result of an operator of two operands.</summary>
    public static long?[] Broadcast(long?[] a, long?[] b)
    {
        int rank = Math.Max(a.Length, b.Length);
        var shape = new long?[rank];
        for (int i = 1; i <= rank; i++)
        {
            long? own = i <= a.Length ? a[^i] : 1, other = i <= b.Length ? b[^i] : 1;
            shape[^i] = own == 1 ? other : other == 1 || own is not null ? own : other;
        }
        return shape;
    }

    private static GraphValue Binary(this GraphBuilder graph, string operation, GraphValue a, GraphValue b, ElementType? type = null) =>
        graph.Node(operation, [a, b], type ?? a.Type, Broadcast(a.Shape, b.Shape));
}
