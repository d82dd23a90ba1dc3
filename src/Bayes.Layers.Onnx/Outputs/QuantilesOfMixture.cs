using Bayes.Layers.Onnx.Graphs;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>
/// Quantiles of an equal mixture of normal distributions, by halving the interval between the least and the largest quantile of a single
/// component, which holds the root.
/// </summary>
internal static class QuantilesOfMixture
{
    // An interval of single precision has no number inside after as many halvings as its digits, unless it holds 0.
    private const int Halvings = 28;

    /// <summary>Adds the quantiles to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="means">Of the components, <c>[S, B, …]</c>.</param>
    /// <param name="stddev">Of the components, in a shape that broadcasts to that of the means.</param>
    /// <param name="levels">Q levels above 0 and below 1.</param>
    /// <returns><c>[Q, B, …]</c>.</returns>
    public static GraphValue Of(GraphBuilder graph, GraphValue means, GraphValue stddev, IReadOnlyList<double> levels)
    {
        // With one stddev for all draws, the search takes place in units of it: nothing is left to scale in each step.
        bool isShared = stddev.Rank < means.Rank;
        var inverse = graph.Divide(graph.Number(Math.Sqrt(0.5)), stddev);
        var scaled = graph.Multiply(means, inverse);
        var scores = NormalScores.Constant(graph, levels, behind: means.Rank);
        GraphValue low, high;
        if (isShared)
        {
            var offset = graph.Multiply(scores, Math.Sqrt(0.5));
            low = graph.Add(graph.Reduce("ReduceMin", scaled, keeps: true, 0), offset);
            high = graph.Add(graph.Reduce("ReduceMax", scaled, keeps: true, 0), offset);
        }
        else
        {
            // [Q, S, B, …].
            var own = graph.Add(means, graph.Multiply(stddev, scores));
            (low, high) = (graph.Reduce("ReduceMin", own, keeps: true, 1), graph.Reduce("ReduceMax", own, keeps: true, 1));
        }
        using var scope = NewDisposeScope();
        // F(x) < p where the mean of erf((x − μ) / (σ √2)) is below 2 p − 1.
        var numbers = tensor(levels.Select(level => (float)(2 * level - 1)).ToArray()).reshape([-1, .. Enumerable.Repeat(1L, means.Rank)]);
        var bound = graph.Constant(numbers, "bounds");
        for (int i = 0; i < Halvings; i++)
        {
            var middle = graph.Middle(low, high);
            var place = isShared ? middle : graph.Multiply(middle, inverse);
            var cumulative = graph.Mean(graph.Apply("Erf", graph.Subtract(place, scaled)), keeps: true, 1);
            var isBelow = graph.Less(cumulative, bound);
            (low, high) = (graph.Where(isBelow, middle, low), graph.Where(isBelow, high, middle));
        }
        var root = graph.Squeeze(graph.Middle(low, high), 1);
        return isShared ? graph.Multiply(root, graph.Multiply(stddev, Math.Sqrt(2))) : root;
    }
}
