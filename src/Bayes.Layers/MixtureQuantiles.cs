using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>Quantiles of a mixture of continuous distributions: where its distribution function reaches the level.</summary>
internal static class MixtureQuantiles
{
    private const int MostSteps = 200;

    // Of the larger end of the bracket: near what double precision has.
    private static readonly Scalar Precision = 1e-13;
    private static readonly Scalar Least = 1e-300;

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
        Tensor atLow = Excess(low), atHigh = Excess(high);
        for (int step = 0; step < MostSteps; step++)
        {
            using var one = NewDisposeScope();
            var width = high.add(low, Scalars.MinusOne);
            var enough = maximum(low.abs(), high.abs()).mul(Precision).clamp_min(Least);
            // NaN ends it too: no comparison with it holds.
            if (!width.gt(enough).any().ReadBoolean())
                break;

            // The chord's root by turns with the middle: the one is fast where the function is smooth, the other never fails.
            var middle = low.add(high, Scalars.One).mul(Scalars.Half);
            if (step % 3 != 2)
            {
                var chord = low.add(width.mul(atLow.neg().div(atHigh.add(atLow, Scalars.MinusOne))), Scalars.One);
                middle = where(chord.gt(low).logical_and(chord.lt(high)), chord, middle);
            }
            var atMiddle = Excess(middle);
            var isBelow = atMiddle.lt(Scalars.Zero);
            // Illinois: an end that stays has its value halved, or the chord would creep towards the other.
            (low, high, atLow, atHigh) = (
                where(isBelow, middle, low), where(isBelow, high, middle),
                where(isBelow, atMiddle, atLow.mul(Scalars.Half)), where(isBelow, atHigh.mul(Scalars.Half), atMiddle));
            foreach (var kept in new[] { low, high, atLow, atHigh })
                kept.MoveToOuterDisposeScope();
        }
        return low.add(high, Scalars.One).mul(Scalars.Half).MoveToOuterDisposeScope();

        Tensor Excess(Tensor value) => likelihood.CumulativeProbability(outputs, value).mean([0L]).add(minusLevel, Scalars.One);
    }
}
