using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>Computes quantiles of a mixture of count distributions: the smallest whole number at which its distribution function reaches the
/// level.</summary>
internal static class CountQuantiles
{
    // Doubles have no more binades and digits by which a bracket can be halved.
    private const int MaxSteps = 1_100;

    /// <summary>Returns one quantile of each element, <c>[B, …]</c>, in double precision; NaN if one of its draws is NaN.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="outputs">f of every draw, <c>[S, B, …]</c>, in double precision.</param>
    /// <param name="level">Above 0 and below 1.</param>
    public static Tensor Of(CountLikelihood likelihood, Tensor outputs, double level)
    {
        using var scope = NewDisposeScope();
        using Scalar atLeast = level;
        var (low, high) = Bracket(likelihood, outputs, level);
        for (int step = 0; step < MaxSteps; step++)
        {
            using var one = NewDisposeScope();
            var middle = low.add(high, Scalars.One).mul(Scalars.Half).floor();
            // For counts above 2⁵³ the middle may equal an end.
            var isOpen = middle.gt(low).logical_and(middle.lt(high));
            if (!isOpen.any().ReadBoolean())
                break;
            var isReached = likelihood.CumulativeProbability(outputs, middle).mean([0L]).ge(atLeast);
            (low, high) = (where(isOpen.logical_and(isReached.logical_not()), middle, low), where(isOpen.logical_and(isReached), middle, high));
            low.MoveToOuterDisposeScope();
            high.MoveToOuterDisposeScope();
        }
        return high.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Returns whole numbers that bracket the quantile; the lower one is below it. By Cantelli's inequality, no quantile is further below the mean
    /// than √((1 − level) / level) standard deviations, or further above it than √(level / (1 − level)).
    /// </summary>
    private static (Tensor Low, Tensor High) Bracket(CountLikelihood likelihood, Tensor outputs, double level)
    {
        using var scope = NewDisposeScope();
        using Scalar below = -Math.Sqrt((1 - level) / level), above = Math.Sqrt(level / (1 - level));
        var means = likelihood.Mean(outputs);
        var mean = means.mean([0L]);
        var difference = means.add(mean, Scalars.MinusOne);
        var stddev = difference.mul(difference).add(likelihood.Variance(outputs), Scalars.One).mean([0L]).sqrt();
        // One more on both sides allows for the rounding of the moments.
        var low = mean.add(stddev, below).floor().add(Scalars.MinusTwo, Scalars.One).clamp_min(Scalars.MinusOne);
        var high = mean.add(stddev, above).ceil().add(Scalars.One, Scalars.One);
        return scope.MoveToOuter(low, high);
    }
}
