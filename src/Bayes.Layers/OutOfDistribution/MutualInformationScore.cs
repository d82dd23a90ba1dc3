using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.OutOfDistribution;

/// <inheritdoc cref="OutOfDistributionScore.MutualInformation"/>
internal sealed class MutualInformationScore : OutOfDistributionScore
{
    /// <inheritdoc/>
    public override string Name => "mutual information";

    /// <inheritdoc/>
    protected internal override string Needs => "a likelihood over classes, and at least 2 draws";

    /// <inheritdoc/>
    protected internal override Tensor? Compute(Predictive prediction) =>
        prediction.Likelihood is ClassLikelihood && prediction.SamplesUsed > 1 ? MeanOfRow(prediction.MutualInformation) : null;
}
