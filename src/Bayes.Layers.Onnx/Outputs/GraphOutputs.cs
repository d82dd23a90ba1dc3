using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx.Graphs;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>Adds what a likelihood says about the outputs of a network to a graph, under names.</summary>
internal sealed class GraphOutputs
{
    private readonly GraphBuilder _graph;
    private readonly IReadOnlyList<double> _levels;
    private readonly List<(string Name, GraphValue Value)> _found = [];

    /// <summary>Starts without outputs.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="levels">The levels of quantiles; none if empty.</param>
    public GraphOutputs(GraphBuilder graph, IReadOnlyList<double> levels) => (_graph, _levels) = (graph, levels);

    /// <summary>Gets the outputs with their names.</summary>
    public IReadOnlyList<(string Name, GraphValue Value)> Found => _found;

    /// <summary>Adds an output.</summary>
    public void Add(string name, GraphValue value) => _found.Add((name, value));

    /// <summary>Adds the mean and the noise at one function, such as the mean network.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="output">f, <c>[B, …]</c>.</param>
    public void AddFunction(Likelihood likelihood, GraphValue output) => OfParts(likelihood, output, leading: 1, "", (distribution, own, name) =>
    {
        var mean = distribution.Mean(_graph, own);
        Add(OnnxOutputs.Mean + name, mean);
        Add(OnnxOutputs.AleatoricVariance + name, distribution.Variance(_graph, own, mean));
        if (distribution.Entropy(_graph, mean) is { } entropy)
            Add(OnnxOutputs.TotalEntropy + name, entropy);
        if (_levels.Count > 0 && distribution.NormalStddev(_graph, own) is { } stddev)
            Add(OnnxOutputs.TargetQuantiles + name, Quantiles(mean, stddev));
    });

    /// <summary>Adds the moments, entropies and quantiles of a mixture of functions.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="output">f, <c>[S, B, …]</c>.</param>
    public void AddMixture(Likelihood likelihood, GraphValue output) => OfParts(likelihood, output, leading: 2, "", (distribution, own, name) =>
    {
        var means = distribution.Mean(_graph, own);
        var mean = _graph.Mean(means, keeps: false, 0);
        var epistemic = _graph.Mean(_graph.Square(_graph.Subtract(means, mean)), keeps: false, 0);
        var aleatoric = distribution.HasConstantVariance
            ? distribution.Variance(_graph, mean, mean)
            : _graph.Mean(distribution.Variance(_graph, own, means), keeps: false, 0);
        Add(OnnxOutputs.Mean + name, mean);
        Add(OnnxOutputs.EpistemicVariance + name, epistemic);
        Add(OnnxOutputs.AleatoricVariance + name, aleatoric);
        Add(OnnxOutputs.TotalVariance + name, _graph.Add(epistemic, aleatoric));
        if (distribution.Entropy(_graph, means) is { } entropies)
        {
            var expected = _graph.Mean(entropies, keeps: false, 0);
            var total = distribution.Entropy(_graph, mean)!;
            Add(OnnxOutputs.TotalEntropy + name, total);
            Add(OnnxOutputs.ExpectedEntropy + name, expected);
            // Rounding would take it below 0 when all draws agree.
            Add(OnnxOutputs.MutualInformation + name, _graph.Clip(_graph.Subtract(total, expected), 0, null));
        }
        if (_levels.Count == 0)
            return;
        Add(OnnxOutputs.MeanQuantiles + name, QuantilesOfDraws.Of(_graph, means, _levels));
        if (distribution.NormalStddev(_graph, own) is { } stddev)
            Add(OnnxOutputs.TargetQuantiles + name, QuantilesOfMixture.Of(_graph, means, stddev, _levels));
    });

    /// <summary>Adds the moments and entropies of a normal distribution over functions, as far as they have a closed form.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="mean">The mean of f, <c>[B, …]</c>.</param>
    /// <param name="variance">The variance of f, <c>[B, …]</c>.</param>
    /// <exception cref="NotSupportedException">The likelihood has several parts.</exception>
    public void AddNormal(Likelihood likelihood, GraphValue mean, GraphValue variance)
    {
        Add(OnnxOutputs.OutputMean, mean);
        Add(OnnxOutputs.OutputVariance, variance);
        if (likelihood is JointLikelihood)
            return;
        var distribution = OutputDistributions.Of(likelihood);
        if (distribution.UnderNormal(_graph, mean, variance) is not { } matched)
            return;
        var predicted = distribution.Mean(_graph, matched);
        Add(OnnxOutputs.Mean, predicted);
        if (distribution.Entropy(_graph, predicted) is { } entropy)
        {
            Add(OnnxOutputs.TotalVariance, distribution.Variance(_graph, matched, predicted));
            Add(OnnxOutputs.TotalEntropy, entropy);
            return;
        }
        var aleatoric = distribution.Variance(_graph, matched, predicted);
        var total = _graph.Add(aleatoric, variance);
        Add(OnnxOutputs.EpistemicVariance, variance);
        Add(OnnxOutputs.AleatoricVariance, aleatoric);
        Add(OnnxOutputs.TotalVariance, total);
        if (_levels.Count > 0 && distribution.NormalStddev(_graph, matched) is not null)
            Add(OnnxOutputs.TargetQuantiles, Quantiles(predicted, _graph.Apply("Sqrt", total)));
    }

    // [Q, B, …] of a normal distribution.
    private GraphValue Quantiles(GraphValue mean, GraphValue stddev) => _graph.Add(
        mean, _graph.Multiply(stddev, NormalScores.Constant(_graph, _levels, behind: mean.Rank)));

    private void OfParts(
        Likelihood likelihood, GraphValue output, int leading, string name, Action<OutputDistribution, GraphValue, string> add)
    {
        if (likelihood is not JointLikelihood joint)
        {
            add(OutputDistributions.Of(likelihood), output, name);
            return;
        }
        // The numbers of a row's parts follow each other, [.., B, Σ].
        long first = 0;
        foreach (var (i, part) in joint.Parts.Index())
        {
            long count = part.OutputShape.Aggregate(1L, (product, size) => product * size);
            var numbers = _graph.Slice(output, output.Rank - 1, first, first + count);
            var own = _graph.Reshape(
                numbers, [.. AxisSize.Of(numbers, ..leading), .. part.OutputShape.Select(size => (AxisSize)size)]);
            OfParts(part.Likelihood, own, leading, $"{name}.{i}", add);
            first += count;
        }
    }
}
