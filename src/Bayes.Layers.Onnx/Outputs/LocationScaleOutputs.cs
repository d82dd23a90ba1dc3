using Bayes.Layers.Likelihoods;
using Bayes.Layers.Onnx.Graphs;

namespace Bayes.Layers.Onnx.Outputs;

/// <summary>The output is the location of y, whose noise has scales that do not depend on the input.</summary>
/// <param name="scales">The scales.</param>
/// <param name="channelAxis">The axis of several scales; the last by default.</param>
/// <param name="standardVariance">The variance at scale 1.</param>
/// <param name="isNormal">Whether the noise is normal.</param>
internal sealed class LocationScaleOutputs(IReadOnlyList<double> scales, int? channelAxis, double standardVariance, bool isNormal)
    : OutputDistribution
{
    /// <summary>Returns the outputs of normal noise.</summary>
    public static LocationScaleOutputs Of(GaussianLikelihood likelihood) =>
        new(likelihood.Stddevs, likelihood.ChannelAxis, standardVariance: 1, isNormal: true);

    /// <summary>Returns the outputs of noise of Student's t distribution.</summary>
    public static LocationScaleOutputs Of(StudentTLikelihood likelihood)
    {
        double degrees = likelihood.DegreesOfFreedom;
        return new(
            likelihood.Scales, likelihood.ChannelAxis, degrees > 2 ? degrees / (degrees - 2) : double.PositiveInfinity, isNormal: false);
    }

    /// <inheritdoc/>
    public override bool HasConstantVariance => true;

    /// <inheritdoc/>
    public override GraphValue Mean(GraphBuilder graph, GraphValue output) => output;

    /// <inheritdoc/>
    public override GraphValue Variance(GraphBuilder graph, GraphValue output, GraphValue mean) => graph.Like(
        NoiseConstants.Along(graph, scales.Select(scale => scale * scale * standardVariance), channelAxis, "noise_variance"), mean);

    /// <inheritdoc/>
    public override GraphValue? NormalStddev(GraphBuilder graph, GraphValue output) =>
        isNormal ? NoiseConstants.Along(graph, scales, channelAxis, "noise_stddev") : null;

    /// <inheritdoc/>
    public override GraphValue UnderNormal(GraphBuilder graph, GraphValue mean, GraphValue variance) => mean;
}
