using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>What is believed of each weight before the data: independent, with a density. Immutable: one prior may serve many layers.</summary>
public abstract class Prior
{
    /// <summary>
    /// The standard deviation of a weight under the prior, in the weight's unit, above 0: what a posterior's sigma is compared with.
    /// Positive infinity where there is none, as of a density whose tails are too heavy; the root mean square over the weights
    /// where they differ.
    /// </summary>
    public abstract double Stddev { get; }

    /// <summary>log p(w) of every weight, in nats.</summary>
    /// <param name="weight">Weights, of any shape.</param>
    /// <returns>A tensor of the same shape, differentiable.</returns>
    public abstract Tensor LogProbability(Tensor weight);

    /// <summary>KL(q ‖ p), in nats, summed over all weights: never a mean, so that it can be set against a sum over the data.</summary>
    /// <param name="posterior">q.</param>
    /// <returns>A scalar, differentiable in the posterior's parameters; at least 0 up to rounding.</returns>
    public abstract Tensor KlDivergence(MeanFieldNormal posterior);
}
