using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Uncertainty.GaussianProcesses;

/// <summary>The Matérn kernel with ν = 5/2, (1 + t + t² / 3) exp(−t) with t = √5 r (Rasmussen &amp; Williams 2006, eq. 4.17).</summary>
internal sealed class MaternKernel : Kernel
{
    private static readonly Scalar One = 1.0, Third = 1.0 / 3, Five = 5.0, MinusFiveSixths = -5.0 / 6;

    public override (Tensor Value, Tensor Slope) Evaluate(Tensor squaredDistance)
    {
        using var scope = NewDisposeScope();
        var root = squaredDistance.mul(Five).sqrt_();
        var decay = root.neg().exp_();
        var linear = root.add(One, One);
        var value = root.mul(root).mul_(Third).add_(linear, One).mul_(decay);
        var slope = linear.mul_(decay).mul_(MinusFiveSixths);
        return (value.MoveToOuterDisposeScope(), slope.MoveToOuterDisposeScope());
    }
}
