using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>Quantiles of a mixture of distributions of counts: the least whole number at which its distribution function reaches the
/// level.</summary>
internal static class CountQuantiles
{
    // A bracket of doubles is halved at most as often as there are binades and digits of them.
    private const int MostSteps = 1_100;

    /// <summary>One quantile, <c>[B, …]</c>, in double precision; NaN where a draw is.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="outputs">f of every draw, <c>[S, B, …]</c>, in double precision.</param>
    /// <param name="level">Above 0 and below 1.</param>
    public static Tensor Of(CountLikelihood likelihood, Tensor outputs, double level)
    {
        using var scope = NewDisposeScope();
        using Scalar atLeast = level;
        var (low, high) = Bracket(likelihood, outputs, level);
        for (int step = 0; step < MostSteps; step++)
        {
            using var one = NewDisposeScope();
            var middle = low.add(high, Scalars.One).mul(Scalars.Half).floor();
            // Of counts beyond 2⁵³ the middle may be an end.
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
    /// Whole numbers between which the quantile is, the lower of them below it: by Cantelli's inequality no quantile is further below the mean than
    /// √((1 − level) / level) standard deviations, nor further above it than √(level / (1 − level)).
    /// </summary>
    private static (Tensor Low, Tensor High) Bracket(CountLikelihood likelihood, Tensor outputs, double level)
    {
        using var scope = NewDisposeScope();
        using Scalar below = -Math.Sqrt((1 - level) / level), above = Math.Sqrt(level / (1 - level));
        var means = likelihood.Mean(outputs);
        var mean = means.mean([0L]);
        var difference = means.add(mean, Scalars.MinusOne);
        var stddev = difference.mul(difference).add(likelihood.Variance(outputs), Scalars.One).mean([0L]).sqrt();
        // One more on both sides, for what the moments are rounded by.
        var low = mean.add(stddev, below).floor().add(Scalars.MinusTwo, Scalars.One).clamp_min(Scalars.MinusOne);
        var high = mean.add(stddev, above).ceil().add(Scalars.One, Scalars.One);
        return scope.MoveToOuter(low, high);
    }
}
