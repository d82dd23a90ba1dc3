using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>Quantiles of a mixture of continuous distributions, by bisection of its distribution function.</summary>
internal static class MixtureQuantiles
{
    // Each halves the bracket: of some standard deviations, to a hundred-billionth of one.
    private const int Bisections = 50;
    private const long ElementsAtATime = 1 << 18;

    /// <summary>The quantiles, <c>[Q, B, …]</c>, in double precision.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="samples">f of every draw, <c>[S, B, …]</c>.</param>
    /// <param name="moments">Of the same draws.</param>
    /// <param name="levels">Above 0 and below 1.</param>
    public static Tensor Of(ContinuousLikelihood likelihood, Tensor samples, MixtureMoments moments, ReadOnlySpan<double> levels)
    {
        using var scope = NewDisposeScope();
        using Scalar perDraw = 1.0 / moments.Count;
        var stddev = moments.Squares.mul(perDraw).add(moments.Noise, Scalars.One).sqrt();
        var quantiles = empty([levels.Length, .. moments.Mean.shape], ScalarType.Float64, moments.Mean.device);
        long rows = samples.shape[1];
        long rowsAtATime = Math.Clamp(ElementsAtATime / Math.Max(1, samples.numel() / rows), 1, rows);
        for (long row = 0; row < rows; row += rowsAtATime)
        {
            using var block = NewDisposeScope();
            long length = Math.Min(rowsAtATime, rows - row);
            var outputs = samples.narrow(1, row, length).to(ScalarType.Float64);
            Tensor mean = moments.Mean.narrow(0, row, length), spread = stddev.narrow(0, row, length);
            for (int i = 0; i < levels.Length; i++)
                quantiles.select(0, i).narrow(0, row, length).copy_(Bisect(likelihood, outputs, mean, spread, levels[i]));
        }
        return quantiles.MoveToOuterDisposeScope();
    }

    private static Tensor Bisect(ContinuousLikelihood likelihood, Tensor outputs, Tensor mean, Tensor stddev, double level)
    {
        using var scope = NewDisposeScope();
        // Cantelli's inequality: no more than 1 / (1 + k²) of any distribution lies k standard deviations to one side of its mean.
        using Scalar below = -Math.Sqrt((1 - level) / level), above = Math.Sqrt(level / (1 - level)), target = level;
        Tensor low = mean.add(stddev, below), high = mean.add(stddev, above);
        for (int i = 0; i < Bisections; i++)
        {
            using var step = NewDisposeScope();
            var middle = low.add(high, Scalars.One).mul(Scalars.Half);
            var isBelow = likelihood.CumulativeProbability(outputs, middle).mean([0L]).lt(target);
            (low, high) = step.MoveToOuter(where(isBelow, middle, low), where(isBelow, high, middle));
        }
        return low.add(high, Scalars.One).mul(Scalars.Half).MoveToOuterDisposeScope();
    }
}
