using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Evaluation;

/// <summary>Checks of the tensors that metrics read.</summary>
internal static class TensorValues
{
    public static double[] ReadFinite(Tensor tensor, string name)
    {
        double[] values = tensor.ReadDoubles(name);
        foreach (double value in values)
            if (!double.IsFinite(value))
                throw new ArgumentException($"{name} has the value {value}; expected finite numbers.", name);
        return values;
    }

    /// <summary>Checks that the target has the shape of the other tensor, and at least one element. There is no broadcasting.</summary>
    public static void RequireMatching(Tensor other, string otherName, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(other, otherName);
        ArgumentNullException.ThrowIfNull(target);
        if (!other.shape.AsSpan().SequenceEqual(target.shape))
            throw new ArgumentException(
                $"The target has shape {Shapes.Describe(target.shape)} and the {otherName} {Shapes.Describe(other.shape)}; expected equal shapes"
                + $"{(Shapes.CallToFit(target.shape, other.shape) is { } call ? $": use target.{call}" : "")}.",
                nameof(target));
        if (target.numel() == 0)
            throw new ArgumentException("There are no examples; expected at least one.", nameof(target));
    }
}
