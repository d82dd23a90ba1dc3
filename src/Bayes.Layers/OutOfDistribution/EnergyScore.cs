using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.OutOfDistribution;

/// <inheritdoc cref="OutOfDistributionScore.Energy"/>
internal sealed class EnergyScore : OutOfDistributionScore
{
    /// <inheritdoc/>
    public override string Name => "energy";

    /// <inheritdoc/>
    protected internal override string Needs => "kept samples (keepSamples: true) of logits of classes";

    /// <inheritdoc/>
    protected internal override Tensor? Compute(Predictive prediction)
    {
        if (prediction.Likelihood is not ClassLikelihood classes || prediction.KeptSamples is null)
            return null;
        using var scope = NewDisposeScope();
        var energy = classes.Energy(prediction.Samples.mean([0L], type: ScalarType.Float64));
        return energy is null ? null : MeanOfRow(energy).MoveToOuterDisposeScope();
    }
}
