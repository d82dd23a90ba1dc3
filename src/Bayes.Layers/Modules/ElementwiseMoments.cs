using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>The moments of functions of each value.</summary>
internal static class ElementwiseMoments
{
    /// <summary>Returns the rule of functions that are x above 0, and proportional to x below.</summary>
    /// <param name="slope">Gets the slope below 0.</param>
    public static MomentRule Rectified<TModule>(Func<TModule, double> slope) where TModule : nn.Module<Tensor, Tensor> => (module, input, _) =>
    {
        // In at least single precision.
        var (mean, variance) = RectifiedNormal.Moments(input.Mean.Widened(), input.Variance!.Widened(), slope((TModule)module));
        return new(mean.to(input.Mean.dtype), variance.to(input.Mean.dtype));
    };

    /// <summary>Integrates any function numerically.</summary>
    /// <inheritdoc cref="MomentRule"/>
    public static Moments Integrated(nn.Module<Tensor, Tensor> module, Moments input, Pass pass) => input.Through(module.forward);
}
