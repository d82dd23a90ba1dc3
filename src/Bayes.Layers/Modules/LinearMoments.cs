using Bayes.Layers.Estimators;
using Bayes.Layers.Maps;
using Bayes.Layers.Numerics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>The moments of linear functions with known numbers: the variance takes their squares.</summary>
internal static class LinearMoments
{
    /// <summary>Passes moments through a linear layer or a convolution.</summary>
    /// <inheritdoc cref="MomentRule"/>
    public static Moments OfLayer(nn.Module<Tensor, Tensor> module, Moments input, Pass pass) => new(
        PlainPass.Of(module, input.Mean, pass),
        MapMoments.Variance(PlainMaps.Find(module)!, input.Variance!, module.get_parameter("weight")!));

    /// <summary>Passes moments through a normalization with the statistics of its training; in training mode it depends on the whole batch.</summary>
    /// <exception cref="NotSupportedException">It uses the statistics of the batch.</exception>
    /// <inheritdoc cref="MomentRule"/>
    public static Moments OfBatchNorm(nn.Module<Tensor, Tensor> module, Moments input, Pass pass)
    {
        var normalization = (BatchNorm)module;
        if (module.training || normalization.running_var is not { } running)
            throw MomentRules.Refuse(module, pass);
        using Scalar epsilon = normalization.eps;
        var scale = running.add(epsilon, Scalars.One).reciprocal();
        if (normalization.weight is { } weight)
            scale = scale.mul(weight).mul(weight);
        long[] shape = [.. Enumerable.Repeat(1L, (int)input.Mean.ndim)];
        shape[2] = scale.numel();
        return new(PlainPass.Of(module, input.Mean, pass), input.Variance!.mul(scale.reshape(shape)));
    }
}
