using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx.Graphs;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>The outputs are logits of classes along an axis.</summary>
internal sealed class CategoricalOutputs(CategoricalLikelihood likelihood) : ClassOutputs
{
    private int Axis => likelihood.ClassAxis ?? -1;

    /// <inheritdoc/>
    public override GraphValue Mean(GraphBuilder graph, GraphValue output) => graph.Apply("Softmax", output, ("axis", (long)Axis));

    /// <inheritdoc/>
    public override GraphValue Entropy(GraphBuilder graph, GraphValue mean) => graph.Sum(EntropyTerm(graph, mean), keeps: false, Axis);

    /// <inheritdoc/>
    public override GraphValue UnderNormal(GraphBuilder graph, GraphValue mean, GraphValue variance) => Moderated(graph, mean, variance);
}
