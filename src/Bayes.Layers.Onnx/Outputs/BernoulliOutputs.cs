using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx.Graphs;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>The outputs are logits or probabilities of y = 1.</summary>
internal sealed class BernoulliOutputs(BernoulliLikelihood likelihood) : ClassOutputs
{
    private bool TakesLogits => likelihood.Output == BernoulliOutput.Logits;

    /// <inheritdoc/>
    public override GraphValue Mean(GraphBuilder graph, GraphValue output) => TakesLogits ? graph.Apply("Sigmoid", output) : output;

    /// <inheritdoc/>
    public override GraphValue Entropy(GraphBuilder graph, GraphValue mean) => graph.Add(
        EntropyTerm(graph, mean), EntropyTerm(graph, graph.Subtract(graph.Number(1), mean)));

    /// <inheritdoc/>
    public override GraphValue? UnderNormal(GraphBuilder graph, GraphValue mean, GraphValue variance) =>
        TakesLogits ? Moderated(graph, mean, variance) : null;
}
