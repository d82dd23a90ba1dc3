using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Priors;

/// <summary>
/// A prior whose KL divergence has a closed-form gradient for each weight. Training uses it instead of autograd if possible; without it, training
/// uses autograd.
/// </summary>
public interface IKlGradient
{
    /// <summary>
    /// Adds <paramref name="weight"/> · ∂KL/∂mu and <paramref name="weight"/> · ∂KL/∂log_var to two gradients in place. A prior that learns also
    /// adds to the gradients of its own parameters. Called without gradient recording.
    /// </summary>
    /// <param name="posterior">q; its axes may be flattened into one.</param>
    /// <param name="variance">sigma² of q.</param>
    /// <param name="meanGradient">The gradient with respect to mu, of the posterior's shape.</param>
    /// <param name="logVarianceGradient">The gradient with respect to log_var, of the posterior's shape.</param>
    /// <param name="weight">The factor of the KL divergence in the loss.</param>
    /// <returns>KL(q ‖ p), unweighted: a scalar.</returns>
    Tensor AddKlGradient(MeanFieldNormal posterior, Tensor variance, Tensor meanGradient, Tensor logVarianceGradient, double weight);
}
