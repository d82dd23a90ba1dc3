using System.Numerics;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// The distribution of weights before the data are seen: a density for each weight, independent given what the prior learns. Immutable: one prior
/// can serve many layers. A prior that learns returns a separate prior for each weight tensor (<see cref="For"/>), which holds what is learned
/// (<see cref="Parameters"/>), and whose KL divergence counts it once for the tensor.
/// </summary>
public abstract class Prior
{
    /// <summary>
    /// Gets the standard deviation of a weight under the prior, in the weight's unit, above 0, with which a posterior's sigma is compared. Positive
    /// infinity if the tails of the density are too heavy to have one, and the root mean square over the weights if they differ.
    /// </summary>
    public abstract double Stddev { get; }

    /// <summary>
    /// Gets whether <see cref="KlDivergence(MeanFieldNormal)"/> is exact. Otherwise it is a numeric integral, and a pass that draws weights
    /// estimates it from these.
    /// </summary>
    public virtual bool HasClosedForm => true;

    /// <summary>
    /// Gets what the prior learns, or moves and saves with its layer: a module of parameters and buffers, which the layer registers as
    /// <c>weight_prior</c> or <c>bias_prior</c>. Null by default.
    /// </summary>
    public virtual nn.Module? Parameters => null;

    /// <summary>
    /// Gets the settings as text, without the contents of <see cref="Parameters"/>. Two priors of equal text and equal parameters are the same
    /// prior, and a checkpoint loads only into a prior of equal text. The text of <see cref="object.ToString"/> by default.
    /// </summary>
    protected internal virtual string Settings => ToString() ?? GetType().Name;

    /// <summary>Refuses a type of weights whose range is too small for the terms of the divergence.</summary>
    internal virtual void RequireFits(ScalarType dtype)
    {
    }

    /// <summary>Returns the prior of one weight tensor: by default this one, which holds nothing for a tensor.</summary>
    /// <param name="shape">The weight's shape.</param>
    /// <param name="dtype">The weight's element type.</param>
    /// <exception cref="ArgumentException">The prior belongs to weights of another shape.</exception>
    public virtual Prior For(IReadOnlyList<long> shape, ScalarType dtype) => this;

    /// <summary>Computes log p(w) of every weight, in nats.</summary>
    /// <param name="weight">Weights, of any shape.</param>
    /// <returns>A tensor of the same shape, differentiable. The priors of this library compute it in at least single precision.</returns>
    public abstract Tensor LogProbability(Tensor weight);

    /// <summary>
    /// Computes KL(q ‖ p) of independent normal weights, in nats, summed over all weights. It is never a mean, so that it can be added to a sum over
    /// the data.
    /// </summary>
    /// <param name="posterior">q.</param>
    /// <returns>
    /// A scalar, differentiable in the posterior's parameters; at least 0 up to rounding. For a posterior in half precision the priors of this
    /// library compute in single precision, and add up and return in double precision.
    /// </returns>
    public abstract Tensor KlDivergence(MeanFieldNormal posterior);

    /// <summary>
    /// Estimates KL(q ‖ p) from weights that were drawn from q, whose marginals are <paramref name="posterior"/>. Without a closed form it is the
    /// mean over the draws of log q(w) − log p(w) (Blundell et al. 2015, "Weight Uncertainty in Neural Networks", equation 2), where log q(w) may be
    /// replaced by its expectation; otherwise it is the exact value.
    /// </summary>
    /// <param name="posterior">q.</param>
    /// <param name="draws">Weights of a pass, <c>[S, …]</c>, differentiable in the posterior's parameters.</param>
    /// <returns>A scalar in nats, summed over all weights; an unbiased estimate, which can be below 0.</returns>
    public virtual Tensor KlDivergence(MeanFieldNormal posterior, Tensor draws) => KlDivergence(posterior);

    /// <summary>
    /// Computes KL(q ‖ p) = −entropy − E[log p(w)] of any posterior. Under a prior of independent weights this is the divergence of q's marginals,
    /// in closed form if there is one, plus q's <see cref="WeightPosterior.TotalCorrelation"/>.
    /// </summary>
    /// <param name="posterior">q.</param>
    /// <returns>A scalar in nats, differentiable, summed over all weights.</returns>
    public Tensor KlDivergence(WeightPosterior posterior)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        using var scope = NewDisposeScope();
        return (posterior.EquallyLikely() is { } values ? NegativeLogProbability(values)
            : AddTotalCorrelation(KlDivergence(posterior.Marginals()), posterior)).MoveToOuterDisposeScope();
    }

    /// <summary>Estimates KL(q ‖ p) of any posterior from weights that were drawn from q, as for independent weights.</summary>
    /// <param name="posterior">q.</param>
    /// <param name="draws">Weights of a pass, <c>[S, …]</c>, differentiable in the posterior's parameters.</param>
    /// <returns>A scalar in nats, summed over all weights; an unbiased estimate, which can be below 0.</returns>
    public Tensor KlDivergence(WeightPosterior posterior, Tensor draws)
    {
        ArgumentNullException.ThrowIfNull(posterior);
        using var scope = NewDisposeScope();
        return (posterior.EquallyLikely() is { } values ? NegativeLogProbability(values)
            : AddTotalCorrelation(KlDivergence(posterior.Marginals(), draws), posterior)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Returns the managed code of the KL divergence and its gradient, for weights next to each other in memory on the CPU; null by default, and
    /// then torch's operations compute them.
    /// </summary>
    /// <param name="length">The number of weights.</param>
    internal virtual KlBlocks<T>? BlocksOf<T>(long length) where T : unmanaged, IFloatingPointIeee754<T> => null;

    /// <summary>
    /// Computes −log p(w) of a whole weight tensor, on average over some values of it, in place of a KL divergence that would be infinite.
    /// </summary>
    /// <param name="values">The values, <c>[K, …]</c>.</param>
    internal virtual Tensor NegativeLogProbability(Tensor values)
    {
        using var scope = NewDisposeScope();
        using Scalar share = -1.0 / values.shape[0];
        var each = LogProbability(values);
        return each.sum(each.dtype.ForSums()).mul(share).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Returns precision · mean and precision of each weight of a tensor, if the prior is normal and learns nothing; null by default.
    /// </summary>
    /// <param name="shape">The weight's shape.</param>
    /// <returns>Two tensors of that shape in double precision on the CPU, in the caller's dispose scope; or null.</returns>
    internal virtual (Tensor PrecisionMean, Tensor Precision)? NaturalParameters(ReadOnlySpan<long> shape) => null;

    private static Tensor AddTotalCorrelation(Tensor divergence, WeightPosterior posterior) =>
        posterior.TotalCorrelation() is { } correlation ? divergence.add(correlation, Scalars.One) : divergence;

    /// <summary>
    /// Returns sigma² of a posterior in at least single precision. A variance in half precision is computed again, because it has lost the digits
    /// that matter in a KL divergence near the prior.
    /// </summary>
    private protected static Tensor Widened(MeanFieldNormal posterior, Tensor variance) =>
        variance.dtype == variance.dtype.AtLeastSingle() ? variance : posterior.LogVariance.Widened().exp();
}
