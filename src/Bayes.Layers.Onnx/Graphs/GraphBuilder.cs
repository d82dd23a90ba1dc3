using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Graphs;

/// <summary>
/// Collects the values and nodes of a graph. It knows operators, shapes and constants, and nothing of networks. Owns its constants: dispose it.
/// </summary>
internal sealed class GraphBuilder : IDisposable
{
    private readonly List<GraphNode> _nodes = [];
    private readonly Dictionary<string, GraphInitializer> _initializers = [];
    private readonly Dictionary<string, GraphValue> _smallConstants = [];
    private readonly Dictionary<(string Name, int Axis), GraphValue> _sizes = [];
    private readonly HashSet<string> _names = [];
    private readonly List<GraphValue> _inputs = [], _outputs = [];

    /// <summary>Gets or sets what names of new values begin with, such as the path of a module.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Gets the inputs.</summary>
    public IReadOnlyList<GraphValue> Inputs => _inputs;

    /// <summary>Gets the outputs.</summary>
    public IReadOnlyList<GraphValue> Outputs => _outputs;

    /// <summary>Adds an input of the graph.</summary>
    public GraphValue Input(string name, ElementType type, params long?[] shape)
    {
        var value = new GraphValue(Unique(name), type, shape);
        _inputs.Add(value);
        return value;
    }

    /// <summary>Makes a value an output of the graph, under a name.</summary>
    public void Output(GraphValue value, string name)
    {
        string previous = Prefix;
        Prefix = "";
        var output = new GraphValue(Unique(name), value.Type, value.Shape);
        Prefix = previous;
        _nodes.Add(new GraphNode($"output/{name}", "Identity", [value.Name], [output.Name], []));
        _outputs.Add(output);
    }

    /// <summary>Adds a node with one output.</summary>
    /// <param name="operation">The operator.</param>
    /// <param name="inputs">The inputs; null for an optional one that is left out.</param>
    /// <param name="type">The element type of the output.</param>
    /// <param name="shape">The shape of the output.</param>
    /// <param name="attributes">The attributes.</param>
    public GraphValue Node(
        string operation, IReadOnlyList<GraphValue?> inputs, ElementType type, IEnumerable<long?> shape, params GraphAttribute[] attributes) =>
        Nodes(operation, inputs, [(type, [.. shape])], attributes)[0];

    /// <summary>Adds a node with several outputs; a shape of null leaves an output out.</summary>
    public GraphValue[] Nodes(
        string operation, IReadOnlyList<GraphValue?> inputs, IReadOnlyList<(ElementType Type, long?[]? Shape)> outputs,
        params GraphAttribute[] attributes)
    {
        string name = Unique(operation);
        GraphValue[] values = [.. outputs.Select((output, i) =>
            new GraphValue(output.Shape is null ? "" : i == 0 ? name : $"{name}:{i}", output.Type, output.Shape ?? []))];
        _nodes.Add(new GraphNode(
            name, operation, [.. inputs.Select(input => input?.Name ?? "")], [.. values.Select(value => value.Name)], attributes));
        return values;
    }

    /// <summary>Adds a constant tensor.</summary>
    /// <param name="numbers">Its numbers, of a type in <see cref="ElementType"/>; numbers of other floating-point types become single
    /// precision.</param>
    /// <param name="name">What it is, for its name.</param>
    public GraphValue Constant(Tensor numbers, string name)
    {
        var type = numbers.dtype switch
        {
            ScalarType.Int64 => ElementType.Int64,
            ScalarType.Bool => ElementType.Bool,
            _ => ElementType.Float,
        };
        return Keep(type == ElementType.Float ? numbers.detach().to(ScalarType.Float32) : numbers.detach(), type, name);
    }

    /// <summary>Adds a constant tensor in double precision.</summary>
    public GraphValue DoubleConstant(Tensor numbers, string name) =>
        Keep(numbers.detach().to(ScalarType.Float64), ElementType.Double, name);

    /// <summary>
    /// Returns the constant of one number, <c>[1]</c>, as an operand that broadcasts: ONNX Runtime is slow with a scalar beside a last axis of 1.
    /// </summary>
    public GraphValue Number(double value) => Small($"number {value:R}", () => Constant(tensor(new[] { (float)value }), "number"));

    /// <summary>Returns the constant of one number as a scalar, for operators that ask for one.</summary>
    public GraphValue Scalar(double value) => Small($"scalar {value:R}", () => Constant(tensor((float)value), "scalar"));

    /// <summary>Returns the constant of whole numbers, <c>[n]</c>.</summary>
    public GraphValue Integers(params long[] values) =>
        Small($"integers {string.Join(",", values)}", () => Constant(tensor(values, ScalarType.Int64), "integers"));

    /// <summary>Returns the size of an axis as a value, <c>[1]</c>.</summary>
    public GraphValue SizeOf(GraphValue value, int axis)
    {
        if (value.Shape[axis] is { } known)
            return Integers(known);
        if (!_sizes.TryGetValue((value.Name, axis), out var size))
            _sizes.Add((value.Name, axis), size = Node("Shape", [value], ElementType.Int64, [1], ("start", axis), ("end", axis + 1L)));
        return size;
    }

    /// <summary>Returns the nodes and constants that the outputs need, in the order in which they were added.</summary>
    public (IReadOnlyList<GraphNode> Nodes, IReadOnlyList<GraphInitializer> Initializers) Needed()
    {
        var needed = _outputs.Select(output => output.Name).ToHashSet();
        var nodes = new List<GraphNode>();
        foreach (var node in Enumerable.Reverse(_nodes))
            if (node.Outputs.Any(needed.Contains))
            {
                needed.UnionWith(node.Inputs);
                nodes.Add(node);
            }
        nodes.Reverse();
        return (nodes, [.. _initializers.Values.Where(each => needed.Contains(each.Value.Name))]);
    }

    /// <summary>Frees the constants.</summary>
    public void Dispose()
    {
        foreach (var initializer in _initializers.Values)
            initializer.Numbers.Dispose();
        _initializers.Clear();
    }

    private GraphValue Keep(Tensor numbers, ElementType type, string name)
    {
        var value = new GraphValue(Unique(name), type, [.. numbers.shape.Select(size => (long?)size)]);
        _initializers.Add(value.Name, new GraphInitializer(value, numbers.cpu().contiguous().DetachFromDisposeScope()));
        return value;
    }

    private GraphValue Small(string key, Func<GraphValue> make)
    {
        if (!_smallConstants.TryGetValue(key, out var known))
            _smallConstants.Add(key, known = make());
        return known;
    }

    private string Unique(string name)
    {
        string full = Prefix.Length == 0 ? name : $"{Prefix}/{name}", unique = full;
        for (int i = 1; !_names.Add(unique); i++)
            unique = $"{full}_{i}";
        return unique;
    }
}
