using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx.Graphs;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>The output is the logarithm of the rate of a count.</summary>
/// <param name="dispersions">The dispersions of a negative binomial distribution; null for Poisson's.</param>
/// <param name="channelAxis">The axis of several dispersions; the last by default.</param>
internal sealed class CountOutputs(IReadOnlyList<double>? dispersions, int? channelAxis) : OutputDistribution
{
    // As the likelihoods do, so that every output has a finite rate.
    private const double LargestLogRate = 40;

    /// <summary>Returns the outputs of Poisson's distribution.</summary>
    public static CountOutputs Of(PoissonLikelihood likelihood)
    {
        ArgumentNullException.ThrowIfNull(likelihood);
        return new(null, null);
    }

    /// <summary>Returns the outputs of negative binomial distributions.</summary>
    public static CountOutputs Of(NegativeBinomialLikelihood likelihood) => new(likelihood.Dispersions, likelihood.ChannelAxis);

    /// <inheritdoc/>
    public override GraphValue Mean(GraphBuilder graph, GraphValue output) => graph.Apply("Exp", graph.Clip(output, null, LargestLogRate));

    /// <inheritdoc/>
    public override GraphValue Variance(GraphBuilder graph, GraphValue output, GraphValue mean) => dispersions is null
        ? mean
        : graph.Add(mean, graph.Multiply(graph.Square(mean), NoiseConstants.Along(graph, dispersions, channelAxis, "dispersion")));
}
