using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>Quantiles of a mixture of continuous distributions: where its distribution function reaches the level.</summary>
internal static class MixtureQuantiles
{
    private const int MostSteps = 200;

    // Of the bracket's larger end: near what double precision has.
    private static readonly Scalar Precision = 1e-13;

    // Of a mean of probabilities: what is this near is the root, also at 0, where no width is small against the ends.
    private static readonly Scalar Rounding = 1e-15;

    /// <summary>One quantile, <c>[B, …]</c>, in double precision.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="outputs">f of every draw, <c>[S, B, …]</c>, in double precision.</param>
    /// <param name="level">Above 0 and below 1.</param>
    public static Tensor Of(ContinuousLikelihood likelihood, Tensor outputs, double level)
    {
        using var scope = NewDisposeScope();
        using Scalar minusLevel = -level;

        // At the least of the draws' own quantiles no draw has more than the level below, at the greatest none has less.
        var own = likelihood.Quantile(outputs, level);
        Tensor low = own.amin([0L]), high = own.amax([0L]);
        Tensor atLow = Excess(outputs, low), atHigh = Excess(outputs, high);
        Tensor wasBelow = zeros_like(low, ScalarType.Bool), wasAbove = wasBelow;
        var result = empty_like(low);
        var rows = arange(low.shape[0], device: low.device);
        for (int step = 0; step < MostSteps; step++)
        {
            using var one = NewDisposeScope();
            var width = high.add(low, Scalars.MinusOne);
            // A NaN is not looked for any longer: no comparison with it holds.
            var isWide = width.gt(maximum(low.abs(), high.abs()).mul(Precision));
            if (isWide.ndim > 1)
                isWide = isWide.flatten(1).any(1);
            long wide = isWide.sum().ReadInt64();
            if (2 * wide <= rows.shape[0])
            {
                // A few rows take long, and the others need not wait for them.
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

            // The chord's root by turns with the middle: the one is fast where the function is smooth, the other never fails.
            var next = Middle(low, high);
            if (step % 3 != 2)
            {
                var chord = low.add(width.mul(atLow.neg().div(atHigh.add(atLow, Scalars.MinusOne))), Scalars.One);
                next = where(chord.gt(low).logical_and(chord.lt(high)), chord, next);
            }
            var atNext = Excess(outputs, next);
            Tensor isBelow = atNext.lt(Scalars.Zero), isAbove = isBelow.logical_not(), isIt = atNext.abs().le(Rounding);
            // Illinois: an end that stays a second time has its value halved, or the chord would creep towards the other.
            (low, high, atLow, atHigh, wasBelow, wasAbove) = (
                where(isBelow.logical_or(isIt), next, low), where(isAbove.logical_or(isIt), next, high),
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
