using TorchSharp.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// Computes <c>nn.MaxPool2d</c> on a CPU if no gradient is recorded: the maximum over the rows of a window, and then over its columns, each an
/// elementwise maximum of shifted slices. torch's own kernel, which also computes the positions of the maxima, takes up to twenty times as long.
/// Equal to it to the bit, including NaN.
/// </summary>
internal static class SeparableMaxPool
{
    // For larger windows, torch's own kernel reads less memory.
    private const long LargestSide = 3;

    /// <summary>Returns the pooled value, <c>[N, channels, height, width]</c>, or null if the module or the value is not supported.</summary>
    public static Tensor? TryApply(nn.Module<Tensor, Tensor> module, Tensor value)
    {
        if (module.GetType() != typeof(MaxPool2d) || is_grad_enabled() || value.device_type != DeviceType.CPU || value.ndim != 4)
            return null;
        var pool = (MaxPool2d)module;
        if (!ModuleHooks.HasNone(pool))
            return null;
        long[] size = Pair(pool.kernel_size), stride = pool.stride is { Length: > 0 } given ? Pair(given) : size;
        bool isPlain = !pool.ceil_mode && All(pool.padding, 0) && All(pool.dilation, 1) && size.All(side => side <= LargestSide);
        if (!isPlain || value.shape[2] < size[0] || value.shape[3] < size[1])
            return null;
        using var scope = NewDisposeScope();
        return Along(Along(value, 2, size[0], stride[0]), 3, size[1], stride[1]).MoveToOuterDisposeScope();
    }

    private static Tensor Along(Tensor value, int axis, long size, long stride)
    {
        long reach = (value.shape[axis] - size) / stride * stride + 1;
        Tensor Slice(long offset) => value.slice(axis, offset, offset + reach, stride);
        var result = Slice(0);
        for (long offset = 1; offset < size; offset++)
            result = maximum(result, Slice(offset));
        return size == 1 ? result.clone() : result;
    }

    private static long[] Pair(long[] values) => values.Length == 1 ? [values[0], values[0]] : values;

    private static bool All(long[]? values, long expected) => values is null || values.All(value => value == expected);
}
