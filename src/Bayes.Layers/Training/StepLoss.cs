using Bayes.Layers.Numerics;

namespace Bayes.Layers.Training;

/// <summary>The loss of a batch before a step, and its parts, read back from the device.</summary>
/// <param name="Total">The loss, in nats per example.</param>
/// <param name="NegativeLogLikelihood">Mean of −log p(y | f) over the batch and the draws, in nats per example.</param>
/// <param name="KlDivergence">KL(q ‖ p) of the whole model, in nats, unscaled.</param>
/// <param name="EffectiveBeta">The beta of this step: the loss's beta times the schedule's factor. 1 is Bayes' rule.</param>
public readonly record struct StepLoss(double Total, double NegativeLogLikelihood, double KlDivergence, double EffectiveBeta)
{
    /// <summary>Reads the numbers of a loss that is given as tensors, which stay the caller's.</summary>
    /// <param name="terms">The loss.</param>
    public static StepLoss Of(ElboTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return new(terms.Total.ReadDouble(), terms.NegativeLogLikelihood.ReadDouble(), terms.KlDivergence.ReadDouble(), terms.EffectiveBeta);
    }

    /// <summary>Gets the Euclidean norm of the gradient.</summary>
    internal double GradientNorm { get; init; }

    /// <summary>Gets a description of other state that the step made not finite; null if all is finite.</summary>
    internal string? State { get; init; }

    /// <summary>Gets a description of the first number that is not finite; null if all are finite.</summary>
    internal string? NotFinite =>
        !double.IsFinite(NegativeLogLikelihood) ? $"the negative log-likelihood was {NegativeLogLikelihood}"
        : !double.IsFinite(KlDivergence) ? $"the KL divergence was {KlDivergence}"
        : !double.IsFinite(Total) ? $"the loss was {Total}"
        : !double.IsFinite(GradientNorm) ? $"the gradient's norm was {GradientNorm}"
        : State;
}
