using System.Globalization;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Describes why a training may have diverged, and what may help.</summary>
internal static class DivergenceCause
{
    // Standardized data are smaller.
    private const double LargestOfScaledData = 1000;

    /// <summary>Returns the description as a part of a sentence.</summary>
    /// <param name="step">The step.</param>
    /// <param name="input">The last batch's input.</param>
    /// <param name="target">The last batch's target.</param>
    public static string Of(TrainingStep step, Tensor input, Tensor target)
    {
        if (step.Optimizer is { } optimizer && EpsilonAdvice.For(optimizer) is { } advice)
            return advice;
        string remedy = string.Create(
            CultureInfo.InvariantCulture, $"a learning rate below {step.LearningRate} or gradient clipping (MaximumGradientNorm) may help");
        double largest = Math.Max(Finiteness.Largest(input), Finiteness.Largest(target));
        if (largest > LargestOfScaledData)
            remedy += string.Create(
                CultureInfo.InvariantCulture, $", and so may scaling the data, which reach {largest:g3} in this batch, to about 1");
        bool isFinite = step.Model.parameters().Concat(step.Loss.parameters()).All(Finiteness.IsFinite);
        return isFinite ? remedy : "the parameters are not finite any more, and " + remedy;
    }
}
