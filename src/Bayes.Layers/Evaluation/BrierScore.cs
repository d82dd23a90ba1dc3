using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>The mean squared error of probabilities (Brier 1950): a proper score; lower is better.</summary>
public static class BrierScore
{
    /// <summary>
    /// Returns, for the binary form, the mean of (p − y)², in [0, 1], as in scikit-learn; for the multi-class form, the mean of
    /// Σ_c (p_c − 1[y = c])², in [0, 2], Brier's own definition. The same two classes therefore score twice as much as <c>[N, 2]</c> as they do
    /// as <c>[N]</c>.
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

    /// <summary>Returns the score of a prediction, a mean over its places.</summary>
    /// <param name="prediction">
    /// A prediction of classes. Places of an example, such as pixels, count as examples; those whose target is the likelihood's
    /// <see cref="Likelihoods.CategoricalLikelihood.IgnoreIndex"/> are left out.
    /// </param>
    /// <param name="target">Observed values, in the form that the likelihood takes.</param>
    /// <exception cref="ArgumentException">The prediction is not of classes, or has several labels, or the target does not fit, or nothing is
    /// left.</exception>
    public static double Of(IPrediction prediction, Tensor target) => Of(PredictedPlaces.Outcomes(prediction, target));

    internal static double Of(ClassOutcomes outcomes) => outcomes.Mean(example =>
    {
        double missing = 1 - outcomes.TrueClassProbability(example);
        if (outcomes.Probabilities.IsBinary)
            return missing * missing;
        double sum = missing * missing;
        var row = outcomes.Probabilities.Row(example);
        for (int index = 0; index < row.Length; index++)
            if (index != outcomes.Target(example))
                sum += row[index] * row[index];
        return sum;
    });
}
