using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <inheritdoc cref="ClassScore.AdaptiveSets"/>
internal sealed class AdaptiveSets(bool isRandomized) : ClassScore
{
    /// <inheritdoc/>
    public override Tensor Of(Tensor probability, Tensor uniform)
    {
        using var scope = NewDisposeScope();
        // Equal probabilities are in the order of their classes.
        var (sorted, classes) = sort(probability, dim: 1, descending: true, stable: true);
        var sums = sorted.cumsum(1);
        if (isRandomized)
            sums = sums.addcmul(sorted, uniform.unsqueeze(1).add(Scalars.MinusOne, Scalars.One), Scalars.One);
        return zeros_like(sums).scatter_(1, classes, sums).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the name.</summary>
    public override string ToString() => isRandomized ? "randomized adaptive sets" : "adaptive sets";
}
