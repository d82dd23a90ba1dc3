using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// A prior whose KL divergence has a closed-form gradient, elementwise. Training takes it in place of autograd where it can;
/// a prior without it trains all the same, by autograd.
/// </summary>
public interface IKlGradient
{
    /// <summary>
    /// Adds <paramref name="weight"/> · ∂KL/∂mu and <paramref name="weight"/> · ∂KL/∂log_var, in place, to two gradients.
    /// Called without gradient recording. A prior that learns adds to the gradients of its own parameters, too.
    /// </summary>
    /// <param name="posterior">q; its axes may be flattened into one.</param>
    /// <param name="variance">sigma² of q, computed already.</param>
    /// <param name="meanGradient">The gradient in mu, of the posterior's shape.</param>
    /// <param name="logVarianceGradient">The gradient in log_var, of the posterior's shape.</param>
    /// <param name="weight">What the KL divergence is multiplied with in the loss.</param>
    /// <returns>KL(q ‖ p), unweighted: a scalar.</returns>
    Tensor AddKlGradient(MeanFieldNormal posterior, Tensor variance, Tensor meanGradient, Tensor logVarianceGradient, double weight);
}
