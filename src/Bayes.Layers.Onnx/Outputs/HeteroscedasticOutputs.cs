using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx.Graphs;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>The outputs are means and logarithms of variances.</summary>
internal sealed class HeteroscedasticOutputs(HeteroscedasticGaussianLikelihood likelihood) : OutputDistribution
{
    // As the likelihood does, so that every output has a finite variance.
    private const double LargestLogVariance = 40;

    /// <inheritdoc/>
    public override GraphValue Mean(GraphBuilder graph, GraphValue output) => Half(graph, output, 0);

    /// <inheritdoc/>
    public override GraphValue Variance(GraphBuilder graph, GraphValue output, GraphValue mean) => graph.Apply("Exp", LogVariance(graph, output));

    /// <inheritdoc/>
    public override GraphValue NormalStddev(GraphBuilder graph, GraphValue output) =>
        graph.Apply("Exp", graph.Multiply(LogVariance(graph, output), 0.5));

    private GraphValue LogVariance(GraphBuilder graph, GraphValue output) =>
        graph.Clip(Half(graph, output, 1), -LargestLogVariance, LargestLogVariance);

    private GraphValue Half(GraphBuilder graph, GraphValue output, int half)
    {
        int axis = output.Rank + (likelihood.ChannelAxis ?? -1);
        if (axis < 0 || output.Shape[axis] is not { } size || size % 2 != 0)
            throw new ArgumentException(
                $"The output has shape {output.DescribeShape()}, of which {likelihood} takes means and log-variances; expected an even number that "
                + "is known.", "likelihood");
        return graph.Slice(output, axis, half * size / 2, (half + 1) * size / 2);
    }
}
