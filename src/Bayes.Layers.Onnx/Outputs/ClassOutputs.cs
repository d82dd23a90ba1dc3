using Bayes.Layers.Onnx.Graphs;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>y is a class: its variance is p (1 − p).</summary>
internal abstract class ClassOutputs : OutputDistribution
{
    // The least number that is not denormal. Any number above 0 works: at p = 0 the product with its logarithm is 0.
    private const double SmallestNormal = 1.17549435e-38;

    /// <inheritdoc/>
    public override GraphValue Variance(GraphBuilder graph, GraphValue output, GraphValue mean) => graph.Subtract(mean, graph.Square(mean));

    /// <summary>Returns −p log p.</summary>
    protected static GraphValue EntropyTerm(GraphBuilder graph, GraphValue probability) => graph.Apply(
        "Neg", graph.Multiply(probability, graph.Apply("Log", graph.Clip(probability, SmallestNormal, null))));

    /// <summary>Returns logits divided by √(1 + π variance / 8) (MacKay 1992, "The Evidence Framework Applied to Classification Networks").</summary>
    protected static GraphValue Moderated(GraphBuilder graph, GraphValue mean, GraphValue variance) => graph.Divide(
        mean, graph.Apply("Sqrt", graph.Add(graph.Multiply(variance, Math.PI / 8), graph.Number(1))));
}
