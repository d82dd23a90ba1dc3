using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// A prior that is known by its density alone: its KL divergence to a normal has no closed form. Derive from it with
/// <see cref="Prior.LogProbability"/> and <see cref="Prior.Stddev"/>.
/// </summary>
/// <remarks>
/// Only E[log p(w)] needs an answer: the posterior's entropy, ½ log(2πe sigma²) for each weight, has a closed form. A pass that draws
/// weights takes the mean over its draws. The numeric integral looks at the density at 65 places for each weight: as dear as
/// 65 draws, so train wide layers with an estimator that draws weights.
/// </remarks>
public abstract class DensityPrior : Prior
{
    private readonly double _width;

    /// <summary>A prior with a density that changes most at 0.</summary>
    /// <param name="width">
    /// How narrow the density's finest feature is, in the weight's unit, as the scale of its peak at 0; above 0. Where a posterior is
    /// wider, the numeric integral puts its nodes densest there. A feature elsewhere must not be narrower than the posteriors are.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The width is outside its range.</exception>
    protected DensityPrior(double width) => _width = Require.PositiveAndFinite(width);

    /// <summary>Always false: the integral is numeric.</summary>
    public sealed override bool HasClosedForm => false;

    /// <summary>KL(q ‖ p) = Σ −½ log(2πe sigma²) − E[log p(w)], in nats, the expectation integrated numerically: deterministic.</summary>
    /// <inheritdoc/>
    public sealed override Tensor KlDivergence(MeanFieldNormal posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        using var scope = NewDisposeScope();
        return posterior.Entropy().add(ExpectedLogProbability(posterior), Scalars.One).neg().MoveToOuterDisposeScope();
    }

    /// <summary>KL(q ‖ p) = Σ −½ log(2πe sigma²) − E[log p(w)], in nats, the expectation being the mean over the draws.</summary>
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The draws are of weights of another shape.</exception>
    public sealed override Tensor KlDivergence(MeanFieldNormal posterior, Tensor draws)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        ArgumentNullException.ThrowIfNull(draws);
        if (draws.ndim == 0 || draws.shape[0] == 0 || !draws.shape.AsSpan(1).SequenceEqual(posterior.Shape))
            throw new ArgumentException(
                $"The draws have shape {Shapes.Describe(draws.shape)}; expected at least one draw of shape {Shapes.Describe(posterior.Shape)}, along axis 0.",
                nameof(draws));
        using var scope = NewDisposeScope();
        using Scalar perDraw = 1.0 / draws.shape[0];
        var expected = LogProbability(draws.Widened()).sum(draws.dtype.ForSums());
        return posterior.Entropy().add(expected, perDraw).neg().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// E[log p(w)], summed over the weights: <see cref="Prior.LogProbability"/> integrated numerically. Override it where the density has a part
    /// with a closed form.
    /// </summary>
    /// <param name="posterior">q.</param>
    /// <returns>A scalar in nats of at least single precision, differentiable.</returns>
    protected virtual Tensor ExpectedLogProbability(MeanFieldNormal posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        return NormalExpectation.Sum(posterior.Mean, posterior.LogVariance, LogProbability, _width);
    }
}
