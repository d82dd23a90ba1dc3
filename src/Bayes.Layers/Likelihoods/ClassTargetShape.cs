using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>
/// Checks that targets hold a class, or the probabilities of all classes, for each place of an output of logits; an error names the call that
/// corrects them.
/// </summary>
internal static class ClassTargetShape
{
    /// <summary>Returns the number of axes of the output that count examples and draws, 1 or 2; it follows from the numbers of axes alone.</summary>
    /// <param name="output">Logits: <c>[B, …]</c> or <c>[S, B, …]</c>.</param>
    /// <param name="target">Classes, with the shape of one pass's output without the axis of the classes; or probabilities of a floating-point
    /// type, with the shape of one pass's output.</param>
    /// <param name="axis">The axis of the classes.</param>
    /// <param name="isSoft">Whether the target holds probabilities.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, the axis must be named, or the target's type cannot hold classes.</exception>
    public static int LeadingAxes(Tensor output, Tensor target, ChannelAxis axis, out bool isSoft)
    {
        long[] outputShape = output.shape, found = target.shape;
        if (outputShape.Length < 2 || outputShape.Length >= -axis.Index && outputShape[^-axis.Index] == 0)
            throw new ArgumentException(
                $"The output has shape {Shapes.Describe(outputShape)}; expected logits [batch, classes] or [samples, batch, classes].",
                nameof(output));
        axis.RequireIn(output);
        if (outputShape[0] == 0)
            throw Misfit(outputShape, found, "at least one draw");
        isSoft = target.is_floating_point() && IsOfEveryClass(outputShape, found);
        if (isSoft)
        {
            int draws = 1 + outputShape.Length - found.Length;
            axis.RequireIn(output, draws);
            return draws;
        }
        int leading = outputShape.Length == found.Length + 2 ? 2 : 1;
        if (found.Length > 0 && Places(outputShape, axis, leading).AsSpan().SequenceEqual(found))
        {
            if (target.is_floating_point() || target.dtype == ScalarType.Bool)
                throw new ArgumentException(
                    $"The target is of type {target.dtype}; expected classes of an integer type such as Int64: use target.to(int64).",
                    nameof(target));
            axis.RequireIn(output, leading);
            return leading;
        }
        RequireNotOneHot(outputShape, target, axis);
        foreach (int draws in new[] { 1, 2 })
            if (outputShape.Length > draws && Shapes.CallToFit(found, Places(outputShape, axis, draws)) is { } call)
                throw Misfit(outputShape, found, $"a class for each example: use target.{call}");
        if (found.Length > 1 && outputShape.Length > found.Length)
            axis.RequireIn(output, leading);
        throw Misfit(outputShape, found, $"a target of shape {Shapes.Describe(Places(outputShape, axis, leading))}, a class for each example");
    }

    private static void RequireNotOneHot(long[] outputShape, Tensor target, ChannelAxis axis)
    {
        long[] found = target.shape;
        if (found.Length < 2 || found.Length < -axis.Index)
            return;
        if (!IsOfEveryClass(outputShape, found))
            return;
        string call = $"{(target.dtype == ScalarType.Bool ? "to(int64)." : "")}argmax({found.Length + axis.Index})";
        throw Misfit(outputShape, found, $"the index of a class, not one number for each class; convert a one-hot target with target.{call}");
    }

    /// <summary>Determines whether a target has a number for every number of one pass's output, at least a row of classes.</summary>
    private static bool IsOfEveryClass(long[] outputShape, long[] found) =>
        found.Length > 1 && (found.AsSpan().SequenceEqual(outputShape) || found.AsSpan().SequenceEqual(outputShape.AsSpan(1)));

    /// <summary>Returns the shape of one pass's output without the axis of the classes.</summary>
    private static long[] Places(long[] outputShape, ChannelAxis axis, int leading) =>
        [.. outputShape.Where((_, index) => index != outputShape.Length + axis.Index).Skip(leading - 1)];

    private static ArgumentException Misfit(long[] outputShape, long[] found, string expected) =>
        new($"The target has shape {Shapes.Describe(found)} and the output {Shapes.Describe(outputShape)}; expected {expected}.", "target");
}
