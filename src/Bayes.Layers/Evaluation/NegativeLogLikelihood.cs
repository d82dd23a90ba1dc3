using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>
/// The negative log-likelihood (NLL) of predicted classes, also called log loss or cross-entropy: a proper score; lower is better.
/// </summary>
public static class NegativeLogLikelihood
{
    // As in PyTorch's binary cross-entropy and BernoulliLikelihood: a p of exactly 0 gives a finite result.
    private const double LowestLog = -100;

    /// <summary>
    /// Returns the mean of −log p(y) in nats per example, in [0, 100], where p(y) is the predicted probability of the true class. The logarithm is
    /// clamped to −100 or above, so a probability of exactly 0 gives a finite result. Rows are not normalized to sum to one.
    /// </summary>
    /// <param name="probability">
    /// Probabilities of class 1, <c>[N]</c> or <c>[N, 1]</c>, or of all classes, <c>[N, C]</c> with rows that sum to one.
    /// </param>
    /// <param name="target">Classes 0 and 1 of the same shape, or class indices 0 to C − 1, <c>[N]</c>.</param>
    /// <exception cref="ArgumentException">
    /// Shapes do not fit, there are no examples, a probability is NaN or outside [0, 1], a row does not sum to one within 0.001
    /// (0.008 in BFloat16), or a target is not a class.
    /// </exception>
    public static double Of(Tensor probability, Tensor target) => Of(ClassOutcomes.Read(probability, target));

    /// <summary>
    /// Returns the mean of −log p(y) over the places of a prediction, in nats per place, in [0, 100]. Each place is judged alone; the log predictive
    /// density of a row is that of all its places together.
    /// </summary>
    /// <param name="prediction">
    /// A prediction of classes. Places of an example, such as pixels, count as examples; those whose target is the likelihood's
    /// <see cref="Likelihoods.CategoricalLikelihood.IgnoreIndex"/> are left out.
    /// </param>
    /// <param name="target">Observed values, in the form that the likelihood takes.</param>
    /// <exception cref="ArgumentException">The prediction is not of classes, or has several labels, or the target does not fit, or nothing is
    /// left.</exception>
    public static double Of(IPrediction prediction, Tensor target) => Of(PredictedPlaces.Outcomes(prediction, target));

    internal static double Of(ClassOutcomes outcomes) => outcomes.Mean(example => -Log(outcomes.TrueClassProbability(example)));

    /// <summary>Returns log p, clamped to at least −100.</summary>
    internal static double Log(double probability) => Math.Max(Math.Log(probability), LowestLog);
}
