using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx.Graphs;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>The outputs are the logits, means and logarithms of variances of normal distributions.</summary>
internal sealed class MixtureOutputs(GaussianMixtureLikelihood likelihood) : OutputDistribution
{
    // As the likelihood does, so that every output has a finite variance.
    private const double LargestLogVariance = 40;

    /// <inheritdoc/>
    public override GraphValue Mean(GraphBuilder graph, GraphValue output) =>
        graph.Sum(graph.Multiply(Weights(graph, output), Part(graph, output, 1)), keeps: false, -1);

    /// <inheritdoc/>
    public override GraphValue Variance(GraphBuilder graph, GraphValue output, GraphValue mean)
    {
        var variances = graph.Apply("Exp", graph.Clip(Part(graph, output, 2), -LargestLogVariance, LargestLogVariance));
        if (likelihood.MinimumStddev > 0)
            variances = graph.Add(variances, graph.Number(likelihood.MinimumStddev * likelihood.MinimumStddev));
        var deviations = graph.Subtract(Part(graph, output, 1), graph.Unsqueeze(mean, mean.Rank));
        return graph.Sum(graph.Multiply(Weights(graph, output), graph.Add(variances, graph.Square(deviations))), keeps: false, -1);
    }

    private GraphValue Weights(GraphBuilder graph, GraphValue output) => graph.Apply("Softmax", Part(graph, output, 0), ("axis", -1L));

    // [..., D, K].
    private GraphValue Part(GraphBuilder graph, GraphValue output, int index)
    {
        int axis = output.Rank - 1;
        if (output.Shape[axis] is not { } size || size % (3 * likelihood.Components) != 0)
            throw new ArgumentException(
                $"The output has shape {output.DescribeShape()}, of which {likelihood} takes logits, means and log-variances; expected a multiple of "
                + $"{3 * likelihood.Components} that is known.", "likelihood");
        long length = size / 3;
        var part = graph.Slice(output, axis, index * length, (index + 1) * length);
        return graph.Reshape(part, [.. AxisSize.Of(part, ..axis), length / likelihood.Components, likelihood.Components]);
    }
}
