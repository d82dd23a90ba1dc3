using System.Globalization;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Holds the parts of a negative ELBO: <see cref="Total"/> = <see cref="NegativeLogLikelihood"/> + <see cref="KlWeight"/> ·
/// <see cref="KlDivergence"/>.
/// </summary>
/// <remarks>Owns its tensors, which also belong to the dispose scope in which they were made.</remarks>
public sealed class ElboTerms : IDisposable
{
    internal ElboTerms(Tensor negativeLogLikelihood, Tensor klDivergence, double klWeight, double beta, double effectiveBeta, Tensor total)
    {
        NegativeLogLikelihood = negativeLogLikelihood;
        KlDivergence = klDivergence;
        KlWeight = klWeight;
        Beta = beta;
        EffectiveBeta = effectiveBeta;
        Total = total;
    }

    /// <summary>Gets the mean of −log p(y | f) over the batch and the draws, in nats per example; a scalar.</summary>
    public Tensor NegativeLogLikelihood { get; }

    /// <summary>Gets KL(q ‖ p) of the whole model, in nats, unscaled; a scalar.</summary>
    public Tensor KlDivergence { get; }

    /// <summary>Gets the factor of the KL divergence: <see cref="EffectiveBeta"/> / N.</summary>
    public double KlWeight { get; }

    /// <summary>Gets the loss's own beta.</summary>
    public double Beta { get; }

    /// <summary>Gets the beta of this step: the loss's times the schedule's factor. 1 is Bayes' rule.</summary>
    public double EffectiveBeta { get; }

    /// <summary>Gets the loss, in nats per example; a scalar.</summary>
    public Tensor Total { get; }

    /// <summary>
    /// Gets Kish's effective number of examples of the batch (<see cref="Likelihoods.SampleWeights.EffectiveCount"/>); null without weights, and 0
    /// if all weights are 0.
    /// </summary>
    public double? EffectiveExamples { get; internal set; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        NegativeLogLikelihood.Dispose();
        KlDivergence.Dispose();
        Total.Dispose();
    }

    /// <summary>Formats the loss as the sum of its parts, in nats per example, in the invariant culture.</summary>
    public override string ToString() => Total.IsInvalid
        ? nameof(ElboTerms)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Total.ReadDouble():g6} = {NegativeLogLikelihood.ReadDouble():g6} + {KlWeight:g6} * {KlDivergence.ReadDouble():g6} nats per example");

    internal ElboTerms MoveToOuterDisposeScope()
    {
        NegativeLogLikelihood.MoveToOuterDisposeScope();
        KlDivergence.MoveToOuterDisposeScope();
        Total.MoveToOuterDisposeScope();
        return this;
    }
}
