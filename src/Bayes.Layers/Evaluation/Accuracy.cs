using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>The share of examples whose class is predicted correctly.</summary>
public static class Accuracy
{
    /// <summary>
    /// Returns the share of examples whose most probable class is the true class, in [0, 1]. The first of several equally probable classes is the
    /// prediction: p = 0.5 predicts class 0, as in <see cref="ConfusionMatrix"/>.
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

    /// <summary>Returns the share of places of a prediction whose most probable class is the true class, in [0, 1].</summary>
    /// <param name="prediction">
    /// A prediction of classes. Places of an example, such as pixels, count as examples; those whose target is the likelihood's
    /// <see cref="Likelihoods.CategoricalLikelihood.IgnoreIndex"/> are left out.
    /// </param>
    /// <param name="target">Observed values, in the form that the likelihood takes.</param>
    /// <exception cref="ArgumentException">The prediction is not of classes, or has several labels, or the target does not fit, or nothing is
    /// left.</exception>
    public static double Of(IPrediction prediction, Tensor target) => Of(PredictedPlaces.Outcomes(prediction, target));

    internal static double Of(ClassOutcomes outcomes) => outcomes.Mean(example => outcomes.IsCorrect(example) ? 1 : 0);
}
