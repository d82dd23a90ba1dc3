using Bayes.Layers.Maps;
using static TorchSharp.torch;

namespace Bayes.Layers.Laplace;

/// <summary>What the places of a convolution see, with places of its own for each group of channels.</summary>
internal static class Patches
{
    /// <summary>Returns the patches of values that are padded already.</summary>
    /// <param name="padded"><c>[B, channels, …]</c>.</param>
    /// <param name="geometry">Kernel, stride and dilation.</param>
    /// <param name="groups">The number of groups of channels.</param>
    /// <returns><c>[B, groups · T, channels / groups · kernel]</c>, in the order of a convolution's weight.</returns>
    public static Tensor Of(Tensor padded, ConvolutionGeometry geometry, long groups)
    {
        using var scope = NewDisposeScope();
        int dimensions = geometry.Dimensions;
        var windows = padded;
        for (int d = 0; d < dimensions; d++)
        {
            // The window becomes the last axis.
            windows = windows.unfold(2 + d, geometry.Reach(d), geometry.Stride[d]);
            if (geometry.Dilation[d] > 1)
                windows = windows.slice(-1, 0, geometry.Reach(d), geometry.Dilation[d]);
        }
        long rows = padded.shape[0], width = padded.shape[1] / groups * geometry.KernelVolume;
        windows = windows.unflatten(1, groups, padded.shape[1] / groups);
        long[] order =
        [
            0, 1, .. Enumerable.Range(3, dimensions).Select(axis => (long)axis), 2,
            .. Enumerable.Range(3 + dimensions, dimensions).Select(axis => (long)axis),
        ];
        return windows.permute(order).reshape(rows, -1, width).MoveToOuterDisposeScope();
    }

    /// <summary>Returns the channels of each place, with the channels of other groups at 0.</summary>
    /// <param name="values"><c>[B, channels, …]</c>.</param>
    /// <param name="groups">The number of groups of channels.</param>
    /// <returns><c>[B, groups · T, channels]</c>.</returns>
    public static Tensor ByGroup(Tensor values, long groups)
    {
        using var scope = NewDisposeScope();
        long rows = values.shape[0], channels = values.shape[1];
        var places = values.reshape(rows, channels, -1).transpose(1, 2);
        if (groups == 1)
            return places.contiguous().MoveToOuterDisposeScope();
        var isOwn = eye(groups, dtype: values.dtype, device: values.device).repeat_interleave(channels / groups, 1);
        return places.unsqueeze(1).mul(isOwn.unsqueeze(1)).reshape(rows, -1, channels).MoveToOuterDisposeScope();
    }
}
