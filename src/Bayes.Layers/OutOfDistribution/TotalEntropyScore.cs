using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.OutOfDistribution;

/// <inheritdoc cref="OutOfDistributionScore.TotalEntropy"/>
internal sealed class TotalEntropyScore : OutOfDistributionScore
{
    /// <inheritdoc/>
    public override string Name => "total entropy";

    /// <inheritdoc/>
    protected internal override string Needs => "a likelihood over classes";

    /// <inheritdoc/>
    protected internal override Tensor? Compute(Predictive prediction) =>
        prediction.Likelihood is ClassLikelihood ? MeanOfRow(prediction.TotalEntropy) : null;
}
