using Bayes.Layers.Numerics;

namespace Bayes.Layers.Training;

/// <summary>What a step says of itself before it is made, read back from the device.</summary>
internal readonly record struct StepNumbers(double Loss, double NegativeLogLikelihood, double KlDivergence, double EffectiveBeta)
{
    public StepNumbers(ElboTerms terms) : this(
        terms.Total.ReadDouble(), terms.NegativeLogLikelihood.ReadDouble(), terms.KlDivergence.ReadDouble(), terms.EffectiveBeta)
    {
    }

    /// <summary>The Euclidean norm of the gradient.</summary>
    public double GradientNorm { get; init; }

    /// <summary>What else was not finite because of the step, in words; null if nothing was.</summary>
    public string? State { get; init; }

    /// <summary>The first of the numbers that is not finite, named; null if all are finite.</summary>
    public string? NotFinite =>
        !double.IsFinite(NegativeLogLikelihood) ? $"the negative log-likelihood was {NegativeLogLikelihood}"
        : !double.IsFinite(KlDivergence) ? $"the KL divergence was {KlDivergence}"
        : !double.IsFinite(Loss) ? $"the loss was {Loss}"
        : !double.IsFinite(GradientNorm) ? $"the gradient's norm was {GradientNorm}"
        : State;
}
