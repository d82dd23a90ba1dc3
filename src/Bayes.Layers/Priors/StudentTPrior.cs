using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// w / scale ~ Student's t with the given degrees of freedom, independently for each weight: like a normal prior, but with heavy tails that allow a
/// few large weights. The KL divergence has no closed form; its numeric integral is exact to 1e-5 nats for each weight at posteriors up to a
/// thousand times as wide as the scale, and to 1e-8 at those up to its width.
/// </summary>
public sealed class StudentTPrior : DensityPrior
{
    // The squares of these are finite, and farther out the density is almost constant.
    private static readonly Scalar FarInDouble = 1e150, FarInSingle = 1e18, MinusFarInDouble = -1e150, MinusFarInSingle = -1e18;

    private readonly double _logNormalizer;

    /// <summary>Creates a Student-t prior around 0.</summary>
    /// <param name="degreesOfFreedom">ν; above 0. At 1 it is the Cauchy distribution; the larger ν, the closer to a normal distribution.</param>
    /// <param name="scale">The divisor of a weight, in its unit (not a variance); above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public StudentTPrior(double degreesOfFreedom = 3, double scale = 1)
        : base(Require.PositiveAndFinite(scale) * Math.Sqrt(Require.PositiveAndFinite(degreesOfFreedom)))
    {
        DegreesOfFreedom = degreesOfFreedom;
        Scale = scale;
        _logNormalizer = GammaFunction.LogRatioOfHalfStep(degreesOfFreedom / 2) - 0.5 * Math.Log(degreesOfFreedom * Math.PI) - Math.Log(scale);
    }

    /// <summary>Gets ν.</summary>
    public double DegreesOfFreedom { get; }

    /// <summary>Gets the divisor of a weight.</summary>
    public double Scale { get; }

    /// <summary>Gets scale √(ν / (ν − 2)) above two degrees of freedom, otherwise positive infinity.</summary>
    public override double Stddev => DegreesOfFreedom > 2 ? Scale * Math.Sqrt(DegreesOfFreedom / (DegreesOfFreedom - 2)) : double.PositiveInfinity;

    /// <inheritdoc/>
    internal override void RequireFits(ScalarType dtype)
    {
        Require.SquareWithin(DegreesOfFreedom, dtype, "degreesOfFreedom");
        Require.SquareWithin(Scale, dtype, "scale");
        Require.SquareWithin(Scale * Math.Sqrt(DegreesOfFreedom), dtype, "scale times the root of degreesOfFreedom");
    }

    /// <summary>Computes log Γ((ν+1)/2) − log Γ(ν/2) − ½ log(νπ) − log scale − (ν+1)/2 · log(1 + w² / (ν scale²)).</summary>
    /// <inheritdoc/>
    public override Tensor LogProbability(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        using Scalar perUnit = 1 / (Scale * Math.Sqrt(DegreesOfFreedom)), power = -0.5 * (DegreesOfFreedom + 1), constant = _logNormalizer;
        var wide = weight.Widened();
        var (low, high) = wide.dtype == ScalarType.Float64 ? (MinusFarInDouble, FarInDouble) : (MinusFarInSingle, FarInSingle);
        var score = wide.mul(perUnit).clamp(low, high);
        return score.mul(score).log1p().mul(power).add(constant, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the name of the prior and its settings.</summary>
    public override string ToString() => FormattableString.Invariant($"StudentTPrior(degreesOfFreedom={DegreesOfFreedom}, scale={Scale})");
}
