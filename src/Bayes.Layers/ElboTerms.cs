using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>The parts of a negative ELBO, apart: <see cref="Total"/> = <see cref="NegativeLogLikelihood"/> + <see cref="KlWeight"/> · <see cref="KlDivergence"/>.</summary>
/// <remarks>
/// <see cref="NegativeLogLikelihood"/> and <see cref="Total"/> belong to the caller's dispose scope, and <see cref="Dispose"/>
/// frees them; <see cref="KlDivergence"/> is the caller's own tensor.
/// </remarks>
public sealed class ElboTerms : IDisposable
{
    internal ElboTerms(Tensor negativeLogLikelihood, Tensor klDivergence, double klWeight, Tensor total)
    {
        NegativeLogLikelihood = negativeLogLikelihood;
        KlDivergence = klDivergence;
        KlWeight = klWeight;
        Total = total;
    }

    /// <summary>Mean of −log p(y | f) over the batch and the draws, in nats per example; a scalar, differentiable.</summary>
    public Tensor NegativeLogLikelihood { get; }

    /// <summary>KL(q ‖ p) of the whole model, in nats, unscaled; the scalar that was given.</summary>
    public Tensor KlDivergence { get; }

    /// <summary>beta / N: what the KL divergence is multiplied with.</summary>
    public double KlWeight { get; }

    /// <summary>The loss, in nats per example; a scalar, differentiable.</summary>
    public Tensor Total { get; }

    /// <summary>Frees <see cref="NegativeLogLikelihood"/> and <see cref="Total"/>.</summary>
    public void Dispose()
    {
        NegativeLogLikelihood.Dispose();
        Total.Dispose();
    }
}
