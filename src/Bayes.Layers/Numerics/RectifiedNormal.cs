using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>
/// The mean and the variance of max(0, x), x ~ N(m, s²), in closed form (Frey &amp; Hinton 1999, "Variational Learning in Nonlinear Gaussian Belief
/// Networks", appendix A), and of any function that is x above 0 and proportional to x below.
/// </summary>
internal static class RectifiedNormal
{
    private static readonly Scalar RootOfHalf = Math.Sqrt(0.5);
    private static readonly Scalar LogDensityAt0 = -StandardNormal.LogOfRootOfTwoPi;

    // Farther from 0, the normal distribution function is 0 or 1, and the density 0, in double precision.
    private static readonly Scalar LowestScore = -40.0, HighestScore = 40.0;

    /// <summary>Computes the moments of a function that is x above 0, and slope · x below.</summary>
    /// <param name="mean">m, of any shape and at least single precision.</param>
    /// <param name="variance">s², of the same shape; at least 0.</param>
    /// <param name="slope">The slope below 0.</param>
    /// <returns>Mean and variance of the same shape, differentiable. Where the variance is 0, the mean is the function itself.</returns>
    public static (Tensor Mean, Tensor Variance) Moments(Tensor mean, Tensor variance, double slope = 0)
    {
        using var scope = NewDisposeScope();
        using Scalar smallest = Math.Sqrt(mean.dtype.NegligibleVariance());
        var stddev = mean.dtype.StddevOf(variance);
        // Φ and φ at z = m / s. Not in place where autograd keeps the result.
        var score = mean.div(stddev).clamp(LowestScore, HighestScore);
        var density = score.mul(score).mul_(Scalars.MinusHalf).add_(LogDensityAt0, Scalars.One).exp_();
        var cumulative = score.mul(RootOfHalf).neg_().erfc_().mul_(Scalars.Half);
        var pull = stddev.add(smallest, Scalars.MinusOne).mul(density);
        // Φ + z²Φ(1 − Φ) + zφ(1 − 2Φ) − φ² in units of s²: E[x²] − E[x]² would cancel far above 0.
        var complement = cumulative.neg().add_(Scalars.One, Scalars.One);
        var scaled = score.mul(cumulative);
        var share = addcmul(cumulative, scaled.mul(score), complement, Scalars.One);
        share = addcmul(share, score.add(scaled, Scalars.MinusTwo).add_(density, Scalars.MinusOne), density, Scalars.One);
        share = share.clamp_min(Scalars.Zero);
        if (slope == 0)
            return scope.MoveToOuter(addcmul(pull, mean, cumulative, Scalars.One), share.mul(variance));
        // slope · x + (1 − slope) max(0, x); the covariance of x and max(0, x) is s²Φ.
        using Scalar own = slope, rest = 1 - slope, ownSquare = slope * slope, restSquare = (1 - slope) * (1 - slope),
            between = 2 * slope * (1 - slope);
        share = share.mul(restSquare).add(cumulative, between).add(ownSquare, Scalars.One);
        var both = cumulative.add(complement, own);
        return scope.MoveToOuter(addcmul(pull.mul(rest), mean, both, Scalars.One), share.mul(variance));
    }
}
