using Bayes.Layers.Onnx.Graphs;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>Quantiles over the draws of a value, with linear interpolation between draws.</summary>
internal static class QuantilesOfDraws
{
    /// <summary>Adds the quantiles to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="draws"><c>[S, B, …]</c>, S known.</param>
    /// <param name="levels">Q levels.</param>
    /// <returns><c>[Q, B, …]</c>.</returns>
    public static GraphValue Of(GraphBuilder graph, GraphValue draws, IReadOnlyList<double> levels)
    {
        long count = draws.Shape[0]!.Value;
        var sorted = graph.Nodes(
            "TopK", [draws, graph.Integers(count)], [(draws.Type, draws.Shape), (ElementType.Int64, draws.Shape)],
            ("axis", 0L), ("largest", 0L), ("sorted", 1L))[0];
        double[] positions = [.. levels.Select(level => level * (count - 1))];
        long[] below = [.. positions.Select(position => (long)position)];
        var low = graph.Gather(sorted, graph.Integers(below), 0);
        var high = graph.Gather(sorted, graph.Integers([.. below.Select(each => Math.Min(each + 1, count - 1))]), 0);
        using var scope = NewDisposeScope();
        var shares = tensor(positions.Zip(below, (position, each) => (float)(position - each)).ToArray())
            .reshape([-1, .. Enumerable.Repeat(1L, draws.Rank - 1)]);
        var share = graph.Constant(shares, "shares");
        return graph.Add(low, graph.Multiply(graph.Subtract(high, low), share));
    }
}
