using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Advises on an optimizer's epsilon: the default is zero in half precision, so that a gradient of zero is divided by zero.</summary>
internal static class EpsilonAdvice
{
    // Well within half precision, whose smallest positive number is 6e-8.
    private const double Advised = 1e-4;

    /// <summary>Returns what to set and why; null if epsilon does not cause numbers that are not finite.</summary>
    public static string? For(optim.Optimizer optimizer)
    {
        if (optimizer is not OptimizerHelper || optimizer.ParamGroups is not IEnumerable<ParamGroup> groups)
            return null;
        foreach (var group in groups)
            if (EpsilonOf(group.Options) is { } epsilon && (Half)epsilon == Half.Zero
                && group.Parameters.Any(parameter => parameter.dtype == ScalarType.Float16))
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"the optimizer's epsilon of {epsilon} is 0 in Float16, which divides a small gradient by 0: set eps to {Advised}");
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
