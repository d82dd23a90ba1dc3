using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Describes why a training may have diverged, and what may help.</summary>
internal static class DivergenceCause
{
    // Standardized data are smaller.
    private const double LargestOfScaledData = 1000;

    // Well within half precision, whose smallest positive number is 6e-8.
    private const double AdvisedEpsilon = 1e-4;

    /// <summary>Returns the description as a part of a sentence.</summary>
    /// <param name="step">The step.</param>
    /// <param name="input">The last batch's input.</param>
    /// <param name="target">The last batch's target.</param>
    public static string Of(TrainingStep step, NetworkInput input, Tensor target)
    {
        if (step.Optimizer is { } optimizer && EpsilonAdvice(optimizer) is { } advice)
            return advice;
        string remedy = string.Create(
            CultureInfo.InvariantCulture, $"a learning rate below {step.LearningRate} or gradient clipping (MaximumGradientNorm) may help");
        double largest = Math.Max(input.Tensors.Max(Finiteness.Largest), Finiteness.Largest(target));
        if (largest > LargestOfScaledData)
            remedy += string.Create(
                CultureInfo.InvariantCulture, $", and so may scaling the data, which reach {largest:g3} in this batch, to about 1");
        bool isFinite = step.Model.parameters().Concat(step.Loss.parameters()).All(Finiteness.IsFinite);
        return isFinite ? remedy : "the parameters are not finite any more, and " + remedy;
    }

    // The default epsilon is zero in half precision, so that a gradient of zero is divided by zero.
    private static string? EpsilonAdvice(optim.Optimizer optimizer)
    {
        if (optimizer is not OptimizerHelper || optimizer.ParamGroups is not IEnumerable<ParamGroup> groups)
            return null;
        foreach (var group in groups)
            if (EpsilonOf(group.Options) is { } epsilon && (Half)epsilon == Half.Zero
                && group.Parameters.Any(parameter => parameter.dtype == ScalarType.Float16))
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"the optimizer's epsilon of {epsilon} is 0 in Float16, which divides a small gradient by 0: set eps to {AdvisedEpsilon}");
        return null;
    }

    private static double? EpsilonOf(OptimizerOptions options) => options switch
    {
        Adam.Options adam => adam.eps,
        AdamW.Options adamW => adamW.eps,
        RMSProp.Options root => root.eps,
        _ => null,
    };
}
