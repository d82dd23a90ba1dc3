using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// What is believed of each weight before the data: independent given what the prior learns, with a density. Immutable: one prior may serve
/// many layers. A prior that learns something gives each weight tensor one of its own (<see cref="For"/>), which holds what is learned
/// (<see cref="Parameters"/>), and whose KL divergence counts it once for the tensor.
/// </summary>
public abstract class Prior
{
    /// <summary>
    /// The standard deviation of a weight under the prior, in the weight's unit, above 0: what a posterior's sigma is compared with.
    /// Positive infinity where there is none, as of a density whose tails are too heavy; the root mean square over the weights
    /// where they differ.
    /// </summary>
    public abstract double Stddev { get; }

    /// <summary>Whether <see cref="KlDivergence(MeanFieldNormal)"/> is exact; otherwise it is integrated numerically, and a pass that draws weights estimates it from these.</summary>
    public virtual bool HasClosedForm => true;

    /// <summary>
    /// What the prior learns or has to move and save with its layer: a module of parameters and buffers, which the layer registers as
    /// <c>weight_prior</c> or <c>bias_prior</c>. None by default.
    /// </summary>
    public virtual nn.Module? Parameters => null;

    /// <summary>
    /// The prior as text, with all that <see cref="Parameters"/> does not hold and without what it does: two of equal text are the same prior once their
    /// parameters are, and a checkpoint is loaded into no other. The text of <see cref="object.ToString"/> by default.
    /// </summary>
    protected internal virtual string Settings => ToString() ?? GetType().Name;

    /// <summary>Refuses weights whose type cannot hold what the divergence is computed from.</summary>
    internal virtual void RequireFits(ScalarType dtype)
    {
    }

    /// <summary>The prior of one weight tensor: by default this one, which has nothing that belongs to a tensor.</summary>
    /// <param name="shape">The weight's shape.</param>
    /// <param name="dtype">Its element type.</param>
    /// <exception cref="ArgumentException">The prior is of weights of another shape.</exception>
    public virtual Prior For(IReadOnlyList<long> shape, ScalarType dtype) => this;

    /// <summary>log p(w) of every weight, in nats.</summary>
    /// <param name="weight">Weights, of any shape.</param>
    /// <returns>A tensor of the same shape, differentiable, in at least single precision from the priors here.</returns>
    public abstract Tensor LogProbability(Tensor weight);

    /// <summary>
    /// Computes KL(q ‖ p) of independent normal weights, in nats, summed over all weights: never a mean, so that it can be set against a sum over the
    /// data.
    /// </summary>
    /// <param name="posterior">q.</param>
    /// <returns>
    /// A scalar, differentiable in the posterior's parameters; at least 0 up to rounding. Of a posterior in half precision the priors here compute
    /// it in single precision, add it up in double and return it so.
    /// </returns>
    public abstract Tensor KlDivergence(MeanFieldNormal posterior);

    /// <summary>
    /// Estimates KL(q ‖ p) from weights that were drawn from q, whose marginals <paramref name="posterior"/> is: for a prior without a closed form the
    /// mean over the draws of log q(w) − log p(w) (Blundell et al. 2015, "Weight Uncertainty in Neural Networks", equation 2), where log q(w) may be
    /// replaced by its expectation; otherwise the exact value.
    /// </summary>
    /// <param name="posterior">q.</param>
    /// <param name="draws">Weights of a pass, <c>[S, …]</c>, differentiable in the posterior's parameters.</param>
    /// <returns>A scalar in nats, summed over all weights; an unbiased estimate, which can be below 0.</returns>
    public virtual Tensor KlDivergence(MeanFieldNormal posterior, Tensor draws) => KlDivergence(posterior);

    /// <summary>
    /// Computes KL(q ‖ p) of any posterior: −entropy − E[log p(w)]. Under a prior of independent weights this is the divergence of q's marginals,
    /// with its closed form where there is one, plus q's <see cref="WeightPosterior.TotalCorrelation"/>.
    /// </summary>
    /// <param name="posterior">q.</param>
    /// <returns>A scalar in nats, differentiable, summed over all weights.</returns>
    public Tensor KlDivergence(WeightPosterior posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        using var scope = NewDisposeScope();
        return Joint(KlDivergence(posterior.Marginals()), posterior).MoveToOuterDisposeScope();
    }

    /// <summary>Estimates KL(q ‖ p) of any posterior from weights that were drawn from q, as for independent weights.</summary>
    /// <param name="posterior">q.</param>
    /// <param name="draws">Weights of a pass, <c>[S, …]</c>, differentiable in the posterior's parameters.</param>
    /// <returns>A scalar in nats, summed over all weights; an unbiased estimate, which can be below 0.</returns>
    public Tensor KlDivergence(WeightPosterior posterior, Tensor draws)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        using var scope = NewDisposeScope();
        return Joint(KlDivergence(posterior.Marginals(), draws), posterior).MoveToOuterDisposeScope();
    }

    private static Tensor Joint(Tensor ofMarginals, WeightPosterior posterior) =>
        posterior.TotalCorrelation() is { } correlation ? ofMarginals.add(correlation, Scalars.One) : ofMarginals;

    /// <summary>
    /// sigma² of a posterior in at least single precision. One that was computed in half precision is computed again: it has lost the digits that
    /// a KL divergence near the prior consists of.
    /// </summary>
    private protected static Tensor Widened(MeanFieldNormal posterior, Tensor variance) =>
        variance.dtype == variance.dtype.AtLeastSingle() ? variance : posterior.LogVariance.Widened().exp();
}
