using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.OutOfDistribution;

/// <inheritdoc cref="OutOfDistributionScore.EpistemicDensity"/>
internal sealed class EpistemicDensityScore : OutOfDistributionScore
{
    /// <inheritdoc/>
    public override string Name => "epistemic density";

    /// <inheritdoc/>
    protected internal override string Needs => "a likelihood of numbers, and at least 2 draws";

    /// <inheritdoc/>
    protected internal override Tensor? Compute(Predictive prediction)
    {
        if (prediction.Likelihood is ClassLikelihood or JointLikelihood || prediction.SamplesUsed < 2)
            return null;
        using var scope = NewDisposeScope();
        using Scalar constant = StandardNormal.LogOfRootOfTwoPi;
        var variance = prediction.EpistemicVariance.to(ScalarType.Float64);
        return variance.reshape(variance.shape[0], -1).log().mul_(Scalars.Half).add_(constant, Scalars.One).sum([1L]).MoveToOuterDisposeScope();
    }
}
