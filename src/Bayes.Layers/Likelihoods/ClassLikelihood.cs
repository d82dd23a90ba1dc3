using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>A likelihood over finitely many classes, whose mean holds their probabilities, so every uncertainty has an entropy.</summary>
public abstract class ClassLikelihood : Likelihood
{
    private const float SmallestNormal = 1.17549435e-38f;

    private static readonly Scalar EighthOfPi = Math.PI / 8;

    /// <summary>Returns p (1 − p) for each probability in the mean: the variance of the class's indicator.</summary>
    /// <inheritdoc/>
    public sealed override Tensor Variance(Tensor output)
    {
        using var scope = NewDisposeScope();
        var probability = Mean(output);
        return addcmul(probability, probability, probability, Scalars.MinusOne).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Returns the entropy of the distribution over the classes with this mean: −Σ p log p, which is 0 if one class is certain.
    /// </summary>
    /// <param name="mean">A result of <see cref="Likelihood.Mean"/>, or an average of several.</param>
    /// <returns>A new tensor in nats, between 0 and the logarithm of the number of classes.</returns>
    public abstract Tensor Entropy(Tensor mean);

    /// <inheritdoc/>
    internal sealed override bool IsOverClasses => true;

    /// <summary>Returns logits whose softmax or sigmoid is the mean one, about: f / √(1 + π v / 8) (MacKay 1992, equation 10).</summary>
    private protected static Tensor Moderated(Tensor mean, Tensor variance)
    {
        using var scope = NewDisposeScope();
        return mean.mul(variance.mul(EighthOfPi).add(Scalars.One, Scalars.One).rsqrt()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal sealed override Tensor? EntropyOf(Tensor mean) => Entropy(mean);

    /// <inheritdoc/>
    internal sealed override string Uncertainties => "the variances and entropies";

    /// <summary>
    /// Returns the probabilities of a prediction and its targets, with every place of an example as a separate example; places whose target is to be
    /// ignored are left out.
    /// </summary>
    /// <param name="mean">The mean of a prediction.</param>
    /// <param name="target">Its targets.</param>
    /// <param name="ofPlaces">A number for each target, such as an uncertainty, or null.</param>
    /// <returns>Tensors that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The mean has several labels, or the target does not fit.</exception>
    internal abstract ClassPlaces PlacesAsExamples(Tensor mean, Tensor target, Tensor? ofPlaces = null);

    /// <summary>Returns the probability of the most probable class, shaped like <see cref="Entropy"/>.</summary>
    /// <param name="mean">A result of <see cref="Likelihood.Mean"/>, or an average of several.</param>
    internal abstract Tensor Confidence(Tensor mean);

    /// <summary>
    /// Returns −log Σ exp(logit) over the classes, shaped like <see cref="Entropy"/>; null if the outputs are not logits (Liu et al. 2020,
    /// "Energy-based Out-of-distribution Detection", equation 4).
    /// </summary>
    /// <param name="output">Outputs of the network, or an average of several.</param>
    internal abstract Tensor? Energy(Tensor output);

    /// <summary>Returns −p log p, elementwise, in single or double precision; 0 at p = 0.</summary>
    internal static Tensor EntropyTerm(Tensor probability)
    {
        using var scope = NewDisposeScope();
        var wide = probability.Widened();
        // Any floor above 0 works: at p = 0 the product is 0. NaN passes through.
        return wide.clamp_min(Scalars.SmallestNormal).log_().mul_(wide).neg_().MoveToOuterDisposeScope();
    }

    /// <summary>Returns −p log p of each lane; 0 at p = 0.</summary>
    private protected static TLanes EntropyTerm<TLanes>(TLanes probability) where TLanes : struct, ILanes<TLanes>
    {
        var floor = TLanes.Create(SmallestNormal);
        return TLanes.Create(-1) * probability * LaneFunctions.Log(TLanes.WhereLess(probability, floor, floor, probability));
    }
}
