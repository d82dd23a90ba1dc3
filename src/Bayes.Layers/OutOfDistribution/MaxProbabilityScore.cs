using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.OutOfDistribution;

/// <inheritdoc cref="OutOfDistributionScore.MaxProbability"/>
internal sealed class MaxProbabilityScore : OutOfDistributionScore
{
    /// <inheritdoc/>
    public override string Name => "1 - max probability";

    /// <inheritdoc/>
    protected internal override string Needs => "a likelihood over classes";

    /// <inheritdoc/>
    protected internal override Tensor? Compute(Predictive prediction)
    {
        if (prediction.Likelihood is not ClassLikelihood classes)
            return null;
        using var scope = NewDisposeScope();
        return MeanOfRow(classes.Confidence(prediction.Mean.to(ScalarType.Float64))).neg_().add_(Scalars.One, Scalars.One).MoveToOuterDisposeScope();
    }
}
