using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Removes and adds the row of a plain weight that stays 0, such as the padding of an embedding. The Bayesian weight lacks it.</summary>
internal static class FixedRow
{
    /// <summary>Returns the weight without the row, or the weight itself if <paramref name="row"/> is null.</summary>
    public static Tensor Without(Tensor weight, long? row) =>
        row is { } index ? cat([weight.narrow(0, 0, index), weight.narrow(0, index + 1, weight.shape[0] - index - 1)], 0) : weight;

    /// <summary>Returns the weight with a row of zeros, or the weight itself if <paramref name="row"/> is null.</summary>
    public static Tensor With(Tensor weight, long? row)
    {
        if (row is not { } index)
            return weight;
        var zero = zeros([1, .. weight.shape[1..]], weight.dtype, weight.device);
        return cat([weight.narrow(0, 0, index), zero, weight.narrow(0, index, weight.shape[0] - index)], 0);
    }
}
