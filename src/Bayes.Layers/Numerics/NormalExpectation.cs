using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// E[f(w)], w ~ N(mean, variance), for a function with a feature at 0 that may be far narrower than the normal, or far wider: where
/// Gauss-Hermite nodes, which follow the normal alone, step over the feature. The trapezoidal rule in a variable y with
/// w = mean + sigma · (c + k sinh y): nodes lie densest at w = 0, as close as the narrower of the two asks for, and its error falls
/// exponentially with their number, because the integrand vanishes at both ends (Trefethen &amp; Weideman 2014, "The Exponentially
/// Convergent Trapezoidal Rule").
/// </summary>
internal static class NormalExpectation
{
    /// <summary>Steps between nodes. Errors for each prior are in its docs, and measured by the tests.</summary>
    private const int Steps = 64;

    /// <summary>The normal's mass beyond 8 standard deviations, 1e-15, is left out.</summary>
    private const double Tail = 8;

    // Weights at a time: where no gradient is recorded, this bounds the memory.
    private const long Block = 1 << 14;

    private static readonly Scalar LowestScore = -Tail;
    private static readonly Scalar HighestScore = Tail;
    private static readonly Scalar LowestCentre = -20.0;
    private static readonly Scalar HighestCentre = 20.0;
    private static readonly Scalar WidestSpread = 4.0;
    private static readonly Scalar Nodes = Steps + 1;
    private static readonly Scalar PerStep = 1.0 / Steps;
    private static readonly Scalar RootOfTwoPi = Math.Sqrt(2 * Math.PI);

    /// <summary>The sum of E[f(w)] over all weights.</summary>
    /// <param name="mean">Means, of any shape.</param>
    /// <param name="logVariance">Logarithms of the variances, of the same shape.</param>
    /// <param name="function">f, elementwise, on a tensor of any shape and of at least single precision.</param>
    /// <param name="width">The width of f's feature at 0: how far from the real axis its nearest singularity lies, or less.</param>
    /// <param name="reach">How far from 0 f differs from 0; infinity where it does everywhere.</param>
    /// <returns>A scalar of at least single precision, differentiable; with a gradient it keeps 65 numbers for each weight.</returns>
    public static Tensor Sum(Tensor mean, Tensor logVariance, Func<Tensor, Tensor> function, double width, double reach = double.PositiveInfinity)
    {
        using var scope = NewDisposeScope();
        Tensor means = mean.flatten().Widened(), logVariances = logVariance.flatten().Widened();
        var typeOfSums = mean.dtype.ForSums();
        var total = zeros([], typeOfSums, mean.device);
        for (long start = 0; start < means.shape[0]; start += Block)
        {
            using var block = NewDisposeScope();
            long length = Math.Min(Block, means.shape[0] - start);
            var part = Part(means.narrow(0, start, length), logVariances.narrow(0, start, length), function, width, reach).sum(typeOfSums);
            total = total.add(part, Scalars.One).MoveToOuterDisposeScope();
        }
        return total.MoveToOuterDisposeScope();
    }

    // The function times its weight at every node of some normals.
    private static Tensor Part(Tensor mean, Tensor logVariance, Func<Tensor, Tensor> function, double width, double reach)
    {
        var stddev = logVariance.mul(Scalars.Half).exp();
        var (scores, weights) = Rule(mean, stddev, width, reach);
        return function(addcmul(mean, stddev, scores, Scalars.One)).mul(weights);
    }

    /// <summary>(w − mean) / sigma at each node, and what the function is multiplied with there: <c>[nodes, weights]</c>, fixed for a gradient.</summary>
    private static (Tensor Scores, Tensor Weights) Rule(Tensor mean, Tensor stddev, double width, double reach)
    {
        using var noGrad = no_grad();
        using Scalar widthScalar = width;
        // Where 0 is, as the normal sees it. Far outside its mass nothing is to be seen there.
        var zero = mean.div(stddev).neg();
        var centre = zero.clamp(LowestCentre, HighestCentre);
        var spread = stddev.reciprocal().mul(widthScalar).clamp_max(WidestSpread);
        var low = Angle(zero, stddev, -reach, centre, spread);
        var high = Angle(zero, stddev, reach, centre, spread);
        var step = high.add(low, Scalars.MinusOne).mul(PerStep);
        var angle = addcmul(low, step, arange(Nodes, mean.dtype, mean.device).unsqueeze(1), Scalars.One);
        var scores = addcmul(centre, spread, angle.sinh(), Scalars.One);
        var density = scores.mul(scores).mul(Scalars.MinusHalf).exp().div(RootOfTwoPi);
        return (scores, density.mul(angle.cosh()).mul(step.mul(spread)));
    }

    // y of the end of what is integrated over: that of the normal's mass, or of the function's reach where that is nearer.
    private static Tensor Angle(Tensor zero, Tensor stddev, double reach, Tensor centre, Tensor spread)
    {
        using Scalar end = reach;
        return zero.add(stddev.reciprocal().mul(end), Scalars.One).clamp(LowestScore, HighestScore).add(centre, Scalars.MinusOne).div(spread).asinh();
    }
}
