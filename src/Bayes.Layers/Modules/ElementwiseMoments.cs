using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>The moments of functions of each value.</summary>
internal static class ElementwiseMoments
{
    /// <summary>Returns the rule of functions that are x above 0, and proportional to x below.</summary>
    /// <param name="slope">Gets the slope below 0.</param>
    public static MomentRule Rectified<TModule>(Func<TModule, double> slope) where TModule : nn.Module<Tensor, Tensor> =>
        (module, input, _) => Computed(input, (mean, variance) => RectifiedNormal.Moments(mean, variance, slope((TModule)module)));

    /// <summary>Integrates any function numerically.</summary>
    /// <inheritdoc cref="MomentRule"/>
    public static Moments Integrated(nn.Module<Tensor, Tensor> module, Moments input, Pass pass) => Computed(
        input, (mean, variance) => TransformedNormal.Moments(
            // Copies, because a module may work in place.
            mean, variance, PlainPass.Of(module, mean.clone(), pass), module.forward));

    // In at least single precision.
    private static Moments Computed(Moments input, Func<Tensor, Tensor, (Tensor Mean, Tensor Variance)> compute)
    {
        var (mean, variance) = compute(input.Mean.Widened(), input.Variance!.Widened());
        return new(mean.to(input.Mean.dtype), variance.to(input.Mean.dtype));
    }
}
