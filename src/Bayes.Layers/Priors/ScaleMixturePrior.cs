using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// p(w) = pi · N(w; 0, stddev1²) + (1 − pi) · N(w; 0, stddev2²), independently for each weight: the scale mixture of Blundell et al. 2015,
/// "Weight Uncertainty in Neural Networks", §3.3, equation 7. The wide component allows large weights; the narrow one
/// draws most of them to 0. The KL divergence has no closed form; its numeric integral is exact to 1e-6 nats for each weight, and to 1e-7
/// with the paper's scales.
/// </summary>
/// <remarks>
/// Blundell et al. tried pi of ¼, ½ and ¾, −log stddev1 of 0, 1 and 2, and −log stddev2 of 6, 7 and 8.
/// </remarks>
public sealed class ScaleMixturePrior : DensityPrior
{
    // The narrow component is ignored if it is below e^−30 of the wide one.
    private const double Negligible = 30;

    private readonly double _constant;
    private readonly double _logOdds;
    private readonly double _precisionDifference;

    /// <summary>Creates a mixture of two normal distributions around 0.</summary>
    /// <param name="pi">The share of the wide component; above 0 and below 1.</param>
    /// <param name="stddev1">The standard deviation (not the variance) of the wide component.</param>
    /// <param name="stddev2">The standard deviation (not the variance) of the narrow component; above 0 and below <paramref
    /// name="stddev1"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public ScaleMixturePrior(double pi = 0.25, double stddev1 = 1, double stddev2 = 0.0024787521766663585) : base(Require.PositiveAndFinite(stddev2))
    {
        Pi = Require.Mass(pi);
        Stddev1 = Require.PositiveAndFinite(stddev1);
        Stddev2 = stddev2;
        if (stddev2 >= stddev1)
            throw new ArgumentOutOfRangeException(
                nameof(stddev2), stddev2, $"stddev2 is {stddev2}; expected a number below stddev1, {stddev1}: the first component is the wide one.");
        // Separate logarithms: for the smallest pi a quotient would be 0 or infinite.
        _constant = Math.Log(pi) - Math.Log(stddev1) - StandardNormal.LogOfRootOfTwoPi;
        _logOdds = Math.Log(1 - pi) - Math.Log(pi) + Math.Log(stddev1 / stddev2);
        _precisionDifference = 1 / (stddev2 * stddev2) - 1 / (stddev1 * stddev1);
        if (!double.IsFinite(_precisionDifference) || _precisionDifference <= 0)
            throw new ArgumentOutOfRangeException(
                nameof(stddev2), stddev2,
                $"stddev2 is {stddev2}; expected a number whose 1 / stddev2² is finite and above 1 / stddev1², with stddev1 {stddev1}.");
    }

    /// <summary>Gets the share of the wide component.</summary>
    public double Pi { get; }

    /// <summary>Gets the standard deviation of the wide component.</summary>
    public double Stddev1 { get; }

    /// <summary>Gets the standard deviation of the narrow component.</summary>
    public double Stddev2 { get; }

    /// <summary>Gets √(pi · stddev1² + (1 − pi) · stddev2²).</summary>
    public override double Stddev => Math.Sqrt(Pi * Stddev1 * Stddev1 + (1 - Pi) * Stddev2 * Stddev2);

    /// <inheritdoc/>
    internal override void RequireFits(ScalarType dtype)
    {
        Require.SquareWithin(Stddev1, dtype, "stddev1");
        Require.SquareWithin(Stddev2, dtype, "stddev2");
    }

    /// <summary>
    /// Computes log p(w) from the logarithms of both components, so that the wide one still counts for a weight far from 0, where both densities are
    /// 0 in floating point.
    /// </summary>
    /// <inheritdoc/>
    public override Tensor LogProbability(Tensor weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        using Scalar halfPrecision = -0.5 / (Stddev1 * Stddev1), constant = _constant;
        var wide = weight.Widened();
        return wide.mul(wide).mul(halfPrecision).add(constant, Scalars.One).add(Narrow(wide), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the name of the prior and its settings.</summary>
    public override string ToString() => FormattableString.Invariant($"ScaleMixturePrior(pi={Pi}, stddev1={Stddev1}, stddev2={Stddev2})");

    /// <summary>
    /// Computes E[log p(w)]: the wide component in closed form, and what the narrow one adds, a bump at 0, as an integral over the bump.
    /// </summary>
    /// <inheritdoc/>
    protected override Tensor ExpectedLogProbability(MeanFieldNormal posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        using var scope = NewDisposeScope();
        using Scalar halfPrecision = -0.5 / (Stddev1 * Stddev1), constant = posterior.Mean.numel() * _constant;
        var mean = posterior.Mean.Widened();
        var squares = addcmul(posterior.LogVariance.Widened().exp(), mean, mean, Scalars.One);
        var wide = squares.sum(posterior.Mean.dtype.ForSums()).mul(halfPrecision).add(constant, Scalars.One);
        double reach = Math.Sqrt(2 * Math.Max(_logOdds + Negligible, 0) / _precisionDifference);
        return reach == 0
            ? wide.MoveToOuterDisposeScope()
            : wide.add(NormalExpectation.Sum(posterior.Mean, posterior.LogVariance, Narrow, reach, reach), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>Computes log(1 + narrow density / wide density).</summary>
    private Tensor Narrow(Tensor weight)
    {
        using var scope = NewDisposeScope();
        using Scalar logOdds = _logOdds, halfDifference = -0.5 * _precisionDifference;
        var odds = weight.mul(weight).mul(halfDifference).add(logOdds, Scalars.One);
        return logaddexp(odds, zeros([], odds.dtype, odds.device)).MoveToOuterDisposeScope();
    }
}
