using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// Computes E[f(w)], w ~ N(mean, variance), for a function with a feature at 0 that may be much narrower or much wider than the normal distribution.
/// Gauss-Hermite nodes follow only the normal distribution and would miss the feature. Uses the trapezoidal rule in a variable y with
/// w = mean + sigma · (c + k sinh y): nodes are densest at w = 0, at a distance that suits the narrower of the two, and the error decreases
/// exponentially with their number, because the integrand vanishes at both ends (Trefethen &amp; Weideman 2014, "The Exponentially Convergent
/// Trapezoidal Rule").
/// </summary>
internal static class NormalExpectation
{
    /// <summary>The number of steps between nodes. Tests measure the error for each prior, and its documentation states it.</summary>
    private const int Steps = 64;

    /// <summary>The number of standard deviations to integrate over; the mass beyond 8 is 1e-15.</summary>
    private const double Tail = 8;

    // This bounds the memory if no gradient is recorded.
    private const long WeightsAtATime = 1 << 14;

    private static readonly Scalar LowestScore = -Tail;
    private static readonly Scalar HighestScore = Tail;
    private static readonly Scalar LowestCentre = -20.0;
    private static readonly Scalar HighestCentre = 20.0;
    private static readonly Scalar WidestSpread = 4.0;
    private static readonly Scalar Nodes = Steps + 1;
    private static readonly Scalar PerStep = 1.0 / Steps;
    private static readonly Scalar RootOfTwoPi = Math.Sqrt(2 * Math.PI);

    /// <summary>Returns the sum of E[f(w)] over all weights.</summary>
    /// <param name="mean">Means, of any shape.</param>
    /// <param name="logVariance">Logarithms of the variances, of the same shape.</param>
    /// <param name="function">f, elementwise, on a tensor of any shape and of at least single precision.</param>
    /// <param name="width">The width of f's feature at 0: at most the distance of its nearest singularity from the real axis.</param>
    /// <param name="reach">The distance from 0 beyond which f is 0; infinity if f is nowhere 0.</param>
    /// <returns>A differentiable scalar of at least single precision; with a gradient it keeps 65 numbers for each weight.</returns>
    public static Tensor Sum(Tensor mean, Tensor logVariance, Func<Tensor, Tensor> function, double width, double reach = double.PositiveInfinity)
    {
        using var scope = NewDisposeScope();
        Tensor means = mean.flatten().Widened(), logVariances = logVariance.flatten().Widened();
        var typeOfSums = mean.dtype.ForSums();
        var total = zeros([], typeOfSums, mean.device);
        for (long start = 0; start < means.shape[0]; start += WeightsAtATime)
        {
            using var partScope = NewDisposeScope();
            long length = Math.Min(WeightsAtATime, means.shape[0] - start);
            var part = Part(means.narrow(0, start, length), logVariances.narrow(0, start, length), function, width, reach).sum(typeOfSums);
            total = total.add(part, Scalars.One).MoveToOuterDisposeScope();
        }
        return total.MoveToOuterDisposeScope();
    }

    // The function times its weight, at every node of some weights' distributions.
    private static Tensor Part(Tensor mean, Tensor logVariance, Func<Tensor, Tensor> function, double width, double reach)
    {
        var stddev = logVariance.mul(Scalars.Half).exp();
        var (scores, weights) = Rule(mean, stddev, width, reach);
        return function(addcmul(mean, stddev, scores, Scalars.One)).mul(weights);
    }

    /// <summary>Returns the nodes of each normal distribution and their weights, which sum to 1.</summary>
    /// <param name="mean">Means, <c>[numbers]</c>.</param>
    /// <param name="stddev">Standard deviations, <c>[numbers]</c>; above 0.</param>
    /// <param name="width">The width of the function's feature at 0.</param>
    /// <returns>(w − mean) / sigma at each node, and the factor of the function there: <c>[nodes, numbers]</c>, without gradient.</returns>
    public static (Tensor Scores, Tensor Weights) Rule(Tensor mean, Tensor stddev, double width)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (scores, weights) = Rule(mean, stddev, width, double.PositiveInfinity);
        return scope.MoveToOuter(scores, weights.div(weights.sum([0L])));
    }

    /// <summary>
    /// Returns (w − mean) / sigma at each node, and the factor of the function there: <c>[nodes, weights]</c>, without gradient.
    /// </summary>
    private static (Tensor Scores, Tensor Weights) Rule(Tensor mean, Tensor stddev, double width, double reach)
    {
        using var noGrad = no_grad();
        using Scalar widthScalar = width;
        // The standardized position of w = 0. Far outside the normal's mass, the exact position does not matter.
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

    // y at an end of the integral: the end of the normal's mass, or of the function's reach if that is nearer.
    private static Tensor Angle(Tensor zero, Tensor stddev, double reach, Tensor centre, Tensor spread)
    {
        using Scalar end = reach;
        var score = zero.add(stddev.reciprocal().mul(end), Scalars.One).clamp(LowestScore, HighestScore);
        return score.add(centre, Scalars.MinusOne).div(spread).asinh();
    }
}
