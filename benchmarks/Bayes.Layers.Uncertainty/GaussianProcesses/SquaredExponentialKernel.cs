using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Uncertainty.GaussianProcesses;

/// <summary>The squared exponential kernel, exp(−r² / 2) (Rasmussen &amp; Williams 2006, eq. 4.9).</summary>
internal sealed class SquaredExponentialKernel : Kernel
{
    private static readonly Scalar MinusHalf = -0.5;

    public override (Tensor Value, Tensor Slope) Evaluate(Tensor squaredDistance)
    {
        var value = squaredDistance.mul(MinusHalf).exp_();
        return (value, value.mul(MinusHalf));
    }
}
