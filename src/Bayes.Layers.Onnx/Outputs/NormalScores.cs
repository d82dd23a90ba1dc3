using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx.Graphs;
using static TorchSharp.torch;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>Quantiles of N(0, 1).</summary>
internal static class NormalScores
{
    private static readonly GaussianLikelihood Standard = new(stddev: 1);

    /// <summary>Returns the quantiles of levels as a constant, <c>[Q, 1, …]</c>.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="levels">Q levels above 0 and below 1.</param>
    /// <param name="behind">The number of axes behind.</param>
    public static GraphValue Constant(GraphBuilder graph, IReadOnlyList<double> levels, int behind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var origin = zeros(1, ScalarType.Float64, CPU);
        double[] scores = [.. levels.Select(level => Standard.Quantile(origin, level).data<double>()[0])];
        var numbers = tensor(scores).reshape([-1, .. Enumerable.Repeat(1L, behind)]).to(ScalarType.Float32);
        return graph.Constant(numbers, "scores");
    }
}
