namespace Bayes.Layers.Onnx.Graphs;

/// <summary>An attribute of a node.</summary>
/// <param name="Name">The name that the operator gives it.</param>
/// <param name="Value">A <see cref="long"/>, a <see cref="float"/>, a <see cref="string"/>, or an array of <see cref="long"/>.</param>
internal readonly record struct GraphAttribute(string Name, object Value)
{
    public static implicit operator GraphAttribute((string Name, long Value) each) => new(each.Name, each.Value);

    public static implicit operator GraphAttribute((string Name, double Value) each) => new(each.Name, (float)each.Value);

    public static implicit operator GraphAttribute((string Name, string Value) each) => new(each.Name, each.Value);

    public static implicit operator GraphAttribute((string Name, long[] Value) each) => new(each.Name, each.Value);
}
