using static TorchSharp.torch;

namespace Bayes.Layers.OutOfDistribution;

/// <inheritdoc cref="OutOfDistributionScore.EpistemicVariance"/>
internal sealed class EpistemicVarianceScore : OutOfDistributionScore
{
    /// <inheritdoc/>
    public override string Name => "epistemic variance";

    /// <inheritdoc/>
    protected internal override string Needs => "at least 2 draws";

    /// <inheritdoc/>
    protected internal override Tensor? Compute(Predictive prediction)
    {
        if (prediction.SamplesUsed < 2)
            return null;
        using var scope = NewDisposeScope();
        var variance = prediction.EpistemicVariance;
        return variance.reshape(variance.shape[0], -1).sum([1L], type: ScalarType.Float64).MoveToOuterDisposeScope();
    }
}
