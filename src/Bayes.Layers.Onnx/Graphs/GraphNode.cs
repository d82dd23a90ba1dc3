namespace Bayes.Layers.Onnx.Graphs;

/// <summary>A node: an operator, applied to values.</summary>
/// <param name="Name">The name, unique in the graph.</param>
/// <param name="Operator">The name of the operator in ONNX's default domain.</param>
/// <param name="Inputs">The names of the inputs; empty for an optional one that is left out.</param>
/// <param name="Outputs">The names of the outputs; empty for one that is left out.</param>
/// <param name="Attributes">The attributes.</param>
internal sealed record GraphNode(
    string Name, string Operator, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyList<GraphAttribute> Attributes);
