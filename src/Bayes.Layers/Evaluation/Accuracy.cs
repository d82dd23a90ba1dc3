using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>The share of examples whose class is predicted rightly.</summary>
public static class Accuracy
{
    /// <summary>
    /// The share of examples whose most probable class came true, in [0, 1]. Among equally probable classes the first is the
    /// prediction: p = 0.5 predicts class 0, as in <see cref="ConfusionMatrix"/>.
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

    internal static double Of(ClassOutcomes outcomes) => outcomes.Mean(example => outcomes.IsRight(example) ? 1 : 0);
}
