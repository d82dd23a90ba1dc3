using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>The loops of <see cref="Ivon"/> over the weights of one parameter.</summary>
/// <param name="settings">The settings.</param>
internal abstract class IvonArithmetic(IvonSettings settings)
{
    /// <summary>Gets the settings.</summary>
    protected IvonSettings Settings => settings;

    /// <summary>Turns noise into deviations, and puts mean + deviation into the weight.</summary>
    public abstract void Draw(Tensor mean, Tensor hessian, Tensor noise, Tensor weight);

    /// <summary>Adds gradient · deviation · λ (h + δ) to a sum, or starts the sum with it.</summary>
    public abstract void Estimate(Tensor hessian, Tensor gradient, Tensor deviation, Tensor sum, bool isFirst);

    /// <summary>Computes the next mean, h and g from ĝ and ĥ, whose memory may receive the next h.</summary>
    /// <returns>0, or NaN if a mean is not finite; a scalar.</returns>
    public abstract Tensor Step(
        IvonFactors factors, Tensor gradient, Tensor estimate, (Tensor Mean, Tensor Hessian, Tensor Momentum) now,
        (Tensor Mean, Tensor Hessian, Tensor Momentum) next);
}

/// <inheritdoc/>
internal sealed class IvonTensorArithmetic(IvonSettings settings) : IvonArithmetic(settings)
{
    /// <inheritdoc/>
    public override void Draw(Tensor mean, Tensor hessian, Tensor noise, Tensor weight)
    {
        using var scope = NewDisposeScope();
        noise.mul_(Settings.Precision(hessian).rsqrt_());
        weight.copy_(mean.add(noise, Scalars.One));
    }

    /// <inheritdoc/>
    public override void Estimate(Tensor hessian, Tensor gradient, Tensor deviation, Tensor sum, bool isFirst)
    {
        using var scope = NewDisposeScope();
        if (isFirst)
            sum.zero_();
        sum.addcmul_(Settings.Precision(hessian).mul_(deviation), gradient, Scalars.One);
    }

    /// <inheritdoc/>
    public override Tensor Step(
        IvonFactors factors, Tensor gradient, Tensor estimate, (Tensor Mean, Tensor Hessian, Tensor Momentum) now,
        (Tensor Mean, Tensor Hessian, Tensor Momentum) next)
    {
        using var scope = NewDisposeScope();
        using Scalar decay = factors.Decay, bias = factors.Bias, rate = -factors.Rate;
        using Scalar beta1 = factors.Beta1, rest1 = 1 - factors.Beta1, rest2 = 1 - factors.Beta2;
        var change = estimate.add(now.Hessian, Scalars.MinusOne).mul_(rest2);
        next.Hessian.copy_(now.Hessian.add(change, Scalars.One).addcdiv_(change.mul(change), now.Hessian.add(decay, Scalars.One), Scalars.Half));
        next.Momentum.copy_(now.Momentum.mul(beta1).add_(gradient, rest1));
        next.Mean.copy_(now.Mean.addcdiv(next.Momentum.mul(bias).add_(now.Mean, decay), next.Hessian.add(decay, Scalars.One), rate));
        return next.Mean.mul(Scalars.Zero).sum().MoveToOuterDisposeScope();
    }
}

/// <inheritdoc/>
internal sealed class IvonManagedArithmetic<T>(IvonSettings settings) : IvonArithmetic(settings) where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override void Draw(Tensor mean, Tensor hessian, Tensor noise, Tensor weight)
    {
        var loop = new IvonDrawLoop<T>(
            Settings.EffectiveSampleSize, Settings.PriorPrecision, mean.AsMemory<T>(), hessian.AsMemory<T>(), noise.AsMemory<T>(),
            weight.AsMemory<T>());
        Blocks.Sum(loop.Length, loop);
        Keep(mean, hessian, noise, weight);
    }

    /// <inheritdoc/>
    public override void Estimate(Tensor hessian, Tensor gradient, Tensor deviation, Tensor sum, bool isFirst)
    {
        var contiguous = gradient.contiguous();
        var loop = new IvonEstimateLoop<T>(
            Settings.EffectiveSampleSize, Settings.PriorPrecision, hessian.AsMemory<T>(), contiguous.AsMemory<T>(), deviation.AsMemory<T>(),
            sum.AsMemory<T>(), isFirst);
        Blocks.Sum(loop.Length, loop);
        Keep(hessian, contiguous, deviation, sum);
    }

    /// <inheritdoc/>
    public override Tensor Step(
        IvonFactors factors, Tensor gradient, Tensor estimate, (Tensor Mean, Tensor Hessian, Tensor Momentum) now,
        (Tensor Mean, Tensor Hessian, Tensor Momentum) next)
    {
        Tensor slope = gradient.contiguous(), curvature = estimate.contiguous();
        var loop = new IvonLoop<T>(factors, slope.AsMemory<T>(), curvature.AsMemory<T>(), Of(now), Of(next));
        using Scalar check = Blocks.Sum(loop.Length, loop);
        Keep(slope, curvature, now.Mean, now.Hessian, now.Momentum, next.Mean, next.Hessian, next.Momentum);
        return full([], check, ScalarType.Float64);
    }

    private static IvonMemory<T> Of((Tensor Mean, Tensor Hessian, Tensor Momentum) tensors) =>
        new(tensors.Mean.AsMemory<T>(), tensors.Hessian.AsMemory<T>(), tensors.Momentum.AsMemory<T>());

    // Memory does not keep its tensor alive.
    private static void Keep(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
            GC.KeepAlive(tensor);
    }
}
