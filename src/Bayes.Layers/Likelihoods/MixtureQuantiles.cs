using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>Computes quantiles of a mixture of continuous distributions: the point at which its distribution function reaches the level.</summary>
internal static class MixtureQuantiles
{
    private const int MaxSteps = 200;

    // Relative to the bracket's larger end: close to that of double precision.
    private static readonly Scalar Precision = 1e-13;

    // The rounding of a mean of probabilities: a point this close is the root, also at 0, where no width is small relative to the ends.
    private static readonly Scalar Rounding = 1e-15;

    /// <summary>Returns one quantile of each element, <c>[B, …]</c>, in double precision.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="outputs">f of every draw, <c>[S, B, …]</c>, in double precision.</param>
    /// <param name="level">Above 0 and below 1.</param>
    public static Tensor Of(ContinuousLikelihood likelihood, Tensor outputs, double level)
    {
        using var scope = NewDisposeScope();
        using Scalar minusLevel = -level;

        // The quantile lies between the smallest and the largest quantile of the single draws.
        var (lowest, highest) = likelihood.QuantileBounds(outputs, level);
        Tensor low = lowest.amin([0L]), high = highest.amax([0L]);
        Tensor atLow = Excess(outputs, low), atHigh = Excess(outputs, high);
        Tensor wasBelow = zeros_like(low, ScalarType.Bool), wasAbove = wasBelow;
        var result = empty_like(low);
        var rows = arange(low.shape[0], device: low.device);
        for (int step = 0; step < MaxSteps; step++)
        {
            using var one = NewDisposeScope();
            var width = high.add(low, Scalars.MinusOne);
            // A NaN ends the search of its row, since every comparison with it is false.
            var isWide = width.gt(maximum(low.abs(), high.abs()).mul(Precision));
            if (isWide.ndim > 1)
                isWide = isWide.flatten(1).any(1);
            long wide = isWide.sum().ReadInt64();
            if (2 * wide <= rows.shape[0])
            {
                // Remove finished rows, because a few rows take long.
                result.index_copy_(0, rows, Middle(low, high));
                if (wide == 0)
                    return result.MoveToOuterDisposeScope();
                var left = isWide.nonzero().squeeze(1);
                (rows, outputs, width) = (rows.index_select(0, left), outputs.index_select(1, left), width.index_select(0, left));
                (low, high, atLow, atHigh) = (Of(low), Of(high), Of(atLow), Of(atHigh));
                (wasBelow, wasAbove) = (Of(wasBelow), Of(wasAbove));
                rows.MoveToOuterDisposeScope();
                outputs.MoveToOuterDisposeScope();

                Tensor Of(Tensor all) => all.index_select(0, left);
            }

            // Alternate the chord's root, which is fast for a smooth function, with the middle, which never fails.
            var next = Middle(low, high);
            if (step % 3 != 2)
            {
                var chord = low.add(width.mul(atLow.neg().div(atHigh.add(atLow, Scalars.MinusOne))), Scalars.One);
                next = where(chord.gt(low).logical_and(chord.lt(high)), chord, next);
            }
            var atNext = Excess(outputs, next);
            Tensor isBelow = atNext.lt(Scalars.Zero), isAbove = isBelow.logical_not(), isRoot = atNext.abs().le(Rounding);
            // Illinois: halve the value of an end that stays a second time, or the chord would approach the other end too slowly.
            (low, high, atLow, atHigh, wasBelow, wasAbove) = (
                where(isBelow.logical_or(isRoot), next, low), where(isAbove.logical_or(isRoot), next, high),
                where(isBelow, atNext, where(wasAbove, atLow.mul(Scalars.Half), atLow)),
                where(isAbove, atNext, where(wasBelow, atHigh.mul(Scalars.Half), atHigh)), isBelow, isAbove);
            foreach (var kept in new[] { low, high, atLow, atHigh, wasBelow, wasAbove })
                kept.MoveToOuterDisposeScope();
        }
        result.index_copy_(0, rows, Middle(low, high));
        return result.MoveToOuterDisposeScope();

        Tensor Excess(Tensor draws, Tensor value) => likelihood.CumulativeProbability(draws, value).mean([0L]).add(minusLevel, Scalars.One);
    }

    private static Tensor Middle(Tensor low, Tensor high)
    {
        using var scope = NewDisposeScope();
        return low.add(high, Scalars.One).mul(Scalars.Half).MoveToOuterDisposeScope();
    }
}
