using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>The negative log-likelihood (NLL) of predicted classes, or log loss, cross-entropy: a proper score, lower is better.</summary>
public static class NegativeLogLikelihood
{
    // As PyTorch's binary cross-entropy and BernoulliLikelihood: p of exactly 0 stays finite.
    private const double LowestLog = -100;

    /// <summary>
    /// The mean of −log p(y), p(y) being the probability given to the class that came true: nats per example, in [0, 100]. The
    /// logarithm is kept at −100 or above, so that a probability of exactly 0 for what came true stays finite.
    /// Probabilities are taken as they are: rows are not brought to sum to one.
    /// </summary>
    /// <param name="probability">
    /// Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>, or of all classes, <c>[N, C]</c> with rows that sum to one.
    /// </param>
    /// <param name="target">Classes 0 and 1 of the same shape, or class indices 0 to C − 1, <c>[N]</c>.</param>
    /// <exception cref="ArgumentException">
    /// Shapes do not fit, there are no examples, a probability is NaN or outside [0, 1], a row does not sum to one within 0.001
    /// (0.008 in BFloat16), or a target is no class.
    /// </exception>
    public static double Of(Tensor probability, Tensor target) => Of(ClassOutcomes.Read(probability, target));

    internal static double Of(ClassOutcomes outcomes) => outcomes.Mean(example => -Log(outcomes.TrueClassProbability(example)));

    /// <summary>log p, at least −100.</summary>
    internal static double Log(double probability) => Math.Max(Math.Log(probability), LowestLog);
}
