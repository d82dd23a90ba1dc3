using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// The base of priors that are given by their density alone, whose KL divergence to a normal has no closed form. A derived class implements
/// <see cref="Prior.LogProbability"/> and <see cref="Prior.Stddev"/>.
/// </summary>
/// <remarks>
/// Only E[log p(w)] is computed numerically: the posterior's entropy, ½ log(2πe sigma²) for each weight, has a closed form. A pass that draws
/// weights uses the mean over its draws. The numeric integral evaluates the density at 65 points for each weight and costs as much as 65 draws, so
/// train wide layers with an estimator that draws weights.
/// </remarks>
public abstract class DensityPrior : Prior
{
    private readonly double _width;

    /// <summary>Creates a prior with a density that changes most at 0.</summary>
    /// <param name="width">
    /// The width of the density's narrowest feature, such as the scale of its peak at 0, in the weight's unit; above 0. If a posterior is wider, the
    /// numeric integral puts most of its nodes there. A feature elsewhere must not be narrower than the posteriors.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The width is outside its range.</exception>
    protected DensityPrior(double width) => _width = Require.PositiveAndFinite(width);

    /// <summary>Always false: the integral is numeric.</summary>
    public sealed override bool HasClosedForm => false;

    /// <summary>
    /// Computes KL(q ‖ p) = Σ −½ log(2πe sigma²) − E[log p(w)], in nats, with a numeric integral as the expectation: deterministic.
    /// </summary>
    /// <inheritdoc/>
    public sealed override Tensor KlDivergence(MeanFieldNormal posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        using var scope = NewDisposeScope();
        return posterior.Entropy().add(ExpectedLogProbability(posterior), Scalars.One).neg().MoveToOuterDisposeScope();
    }

    /// <summary>Estimates KL(q ‖ p) = Σ −½ log(2πe sigma²) − E[log p(w)], in nats, with the mean over the draws as the expectation.</summary>
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The drawn weights have another shape.</exception>
    public sealed override Tensor KlDivergence(MeanFieldNormal posterior, Tensor draws)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        ArgumentNullException.ThrowIfNull(draws);
        if (draws.ndim == 0 || draws.shape[0] == 0 || !draws.shape.AsSpan(1).SequenceEqual(posterior.Shape))
            throw new ArgumentException(
                $"The draws have shape {Shapes.Describe(draws.shape)}; "
                + $"expected at least one draw of shape {Shapes.Describe(posterior.Shape)}, along axis 0.", nameof(draws));
        using var scope = NewDisposeScope();
        using Scalar perDraw = 1.0 / draws.shape[0];
        var expected = LogProbability(draws.Widened()).sum(draws.dtype.ForSums());
        return posterior.Entropy().add(expected, perDraw).neg().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Computes E[log p(w)], summed over the weights, as a numeric integral of <see cref="Prior.LogProbability"/>. Override it if a part of the
    /// density has a closed form.
    /// </summary>
    /// <param name="posterior">q.</param>
    /// <returns>A scalar in nats of at least single precision, differentiable.</returns>
    protected virtual Tensor ExpectedLogProbability(MeanFieldNormal posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        return NormalExpectation.Sum(posterior.Mean, posterior.LogVariance, LogProbability, _width);
    }
}
