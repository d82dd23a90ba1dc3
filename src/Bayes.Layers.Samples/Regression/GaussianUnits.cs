using Bayes.Layers.Estimators;
using Bayes.Layers.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Regression;

/// <summary>
/// exp(−z² / 2), elementwise. After a linear layer, a unit responds only to inputs near −b / w, like a unit of a radial basis function
/// network.
/// </summary>
internal sealed class GaussianUnits() : nn.Module<Tensor, Tensor>(nameof(GaussianUnits)), IPropagatesMoments
{
    private static readonly Scalar MinusHalf = -0.5;

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return input.mul(input).mul(MinusHalf).exp().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Moments PropagateMoments(Moments input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Through(forward);
    }
}
