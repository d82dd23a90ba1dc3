using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <inheritdoc cref="ClassScore.Threshold"/>
internal sealed class ProbabilityThreshold : ClassScore
{
    /// <inheritdoc/>
    public override Tensor Of(Tensor probability, Tensor uniform)
    {
        using var scope = NewDisposeScope();
        return probability.neg().add_(Scalars.One, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the name.</summary>
    public override string ToString() => "probability threshold";
}
