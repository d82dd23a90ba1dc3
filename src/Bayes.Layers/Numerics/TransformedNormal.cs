using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// The mean and the variance of f(x), x ~ N(m, s²), for any function f of one number whose features are near 0, by the rule of
/// <see cref="NormalExpectation"/>.
/// </summary>
internal static class TransformedNormal
{
    // The distance of the nearest singularity of tanh from the real axis is π / 2, and that of other activations is of this order.
    private const double Width = 1;

    // This bounds the memory if no gradient is recorded.
    private const long NumbersAtATime = 1 << 14;

    /// <summary>Computes the moments of f(x).</summary>
    /// <param name="mean">m, of any shape and at least single precision.</param>
    /// <param name="variance">s², of the same shape; at least 0.</param>
    /// <param name="atMean">f(m).</param>
    /// <param name="function">f, elementwise, on a tensor <c>[nodes, numbers]</c>, which it may change.</param>
    /// <returns>
    /// Mean and variance of the same shape, differentiable; with a gradient they keep several times 65 numbers for each number. Where the variance
    /// is 0, the mean is f(m).
    /// </returns>
    public static (Tensor Mean, Tensor Variance) Moments(Tensor mean, Tensor variance, Tensor atMean, Func<Tensor, Tensor> function)
    {
        using var scope = NewDisposeScope();
        long[] shape = mean.shape;
        Tensor means = mean.reshape(-1), variances = variance.reshape(-1), values = atMean.reshape(-1);
        if (is_grad_enabled() && (mean.requires_grad || variance.requires_grad) || means.shape[0] <= NumbersAtATime)
        {
            var (single, spread) = Part(means, variances, values, function);
            return scope.MoveToOuter(single.reshape(shape), spread.reshape(shape));
        }
        Tensor allMeans = empty_like(means), allVariances = empty_like(means);
        for (long start = 0; start < means.shape[0]; start += NumbersAtATime)
        {
            using var partScope = NewDisposeScope();
            long length = Math.Min(NumbersAtATime, means.shape[0] - start);
            var (ofPart, spread) = Part(
                means.narrow(0, start, length), variances.narrow(0, start, length), values.narrow(0, start, length), function);
            allMeans.narrow(0, start, length).copy_(ofPart);
            allVariances.narrow(0, start, length).copy_(spread);
        }
        return scope.MoveToOuter(allMeans.reshape(shape), allVariances.reshape(shape));
    }

    // Differences from f(m) cancel nothing where the variance is small.
    private static (Tensor Mean, Tensor Variance) Part(Tensor mean, Tensor variance, Tensor atMean, Func<Tensor, Tensor> function)
    {
        var type = mean.dtype;
        using Scalar smallest = Math.Sqrt(type.NegligibleVariance());
        var stddev = type.StddevOf(variance);
        var (scores, weights) = NormalExpectation.Rule(mean, stddev, Width);
        var steps = stddev.add(smallest, Scalars.MinusOne);
        // torch may compute one number differently beside others.
        using (no_grad())
            weights = weights.mul(steps.gt(Scalars.Zero));
        var rises = function(addcmul(mean, steps, scores, Scalars.One)).add(atMean, Scalars.MinusOne);
        var weighted = rises.mul(weights);
        var rise = weighted.sum([0L]);
        var square = weighted.mul(rises).sum([0L]);
        return (atMean.add(rise, Scalars.One), addcmul(square, rise, rise, Scalars.MinusOne).clamp_min(Scalars.Zero));
    }
}
