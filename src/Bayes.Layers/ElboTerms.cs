using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>The parts of a negative ELBO, apart: <see cref="Total"/> = <see cref="NegativeLogLikelihood"/> + <see cref="KlWeight"/> · <see cref="KlDivergence"/>.</summary>
/// <remarks>Owns its tensors, which also belong to the dispose scope in which they were made.</remarks>
public sealed class ElboTerms : IDisposable
{
    internal ElboTerms(Tensor negativeLogLikelihood, Tensor klDivergence, double klWeight, Tensor total)
    {
        NegativeLogLikelihood = negativeLogLikelihood;
        KlDivergence = klDivergence;
        KlWeight = klWeight;
        Total = total;
    }

    /// <summary>Mean of −log p(y | f) over the batch and the draws, in nats per example; a scalar.</summary>
    public Tensor NegativeLogLikelihood { get; }

    /// <summary>KL(q ‖ p) of the whole model, in nats, unscaled; a scalar.</summary>
    public Tensor KlDivergence { get; }

    /// <summary>beta / N: what the KL divergence is multiplied with.</summary>
    public double KlWeight { get; }

    /// <summary>The loss, in nats per example; a scalar.</summary>
    public Tensor Total { get; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        NegativeLogLikelihood.Dispose();
        KlDivergence.Dispose();
        Total.Dispose();
    }

    internal ElboTerms MoveToOuterDisposeScope()
    {
        NegativeLogLikelihood.MoveToOuterDisposeScope();
        KlDivergence.MoveToOuterDisposeScope();
        Total.MoveToOuterDisposeScope();
        return this;
    }
}
