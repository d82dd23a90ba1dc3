using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Maps;

/// <summary>Returns the maps that TorchSharp's layers compute.</summary>
internal static class PlainMaps
{
    /// <summary>Returns the map of a layer, or null if it has none that is known. Types are compared exactly.</summary>
    /// <exception cref="ArgumentException">The layer computes something else than its options say.</exception>
    public static BilinearMap? Find(nn.Module layer) =>
        layer.GetType() == typeof(Linear) ? Of((Linear)layer)
        : layer.GetType() == typeof(Embedding) ? Of((Embedding)layer)
        : layer is Convolution convolution && IsTorchSharps(layer)
            ? convolution.transposed ? OfTransposed(convolution) : Of(convolution)
        : null;

    /// <summary>Returns the map of a linear layer. Its sizes are those of the weight, since another weight may have been assigned.</summary>
    public static LinearMap Of(Linear layer)
    {
        long[] shape = layer.weight.shape;
        return new(shape[1], shape[0]);
    }

    /// <summary>Returns the map of an embedding.</summary>
    public static EmbeddingMap Of(Embedding layer)
    {
        long[] shape = layer.weight!.shape;
        return new(shape[0], shape[1]);
    }

    /// <summary>Returns the map of a convolution.</summary>
    /// <exception cref="ArgumentException">TorchSharp applies the padding to the wrong dimensions.</exception>
    public static ConvolutionMap Of(Convolution layer)
    {
        long[] totals = [.. layer.kernel_size.Select((size, d) => layer.dilation[d] * (size - 1))];
        // TorchSharp's Constant pads with zeros.
        var mode = layer.padding_mode == PaddingModes.Constant ? PaddingModes.Zeros : layer.padding_mode;
        bool isSame = layer.padding_type == Padding.Same;
        if (isSame && layer.padding_mode != PaddingModes.Zeros && totals.Distinct().Count() > 1)
            throw new ArgumentException(
                $"it is padded to keep the size by {layer.padding_mode}, and TorchSharp confuses the dimensions of a kernel that extends differently "
                + "in each; expected a padding in numbers.");
        long[] start = isSame ? [.. totals.Select(total => total / 2)] : layer.padding ?? new long[totals.Length];
        long[] end = isSame ? [.. totals.Select(total => total - total / 2)] : start;
        return new(layer.in_channels, layer.out_channels, new(layer.kernel_size, layer.stride, start, layer.dilation, end, mode), layer.groups);
    }

    /// <summary>Returns the map of a transposed convolution.</summary>
    /// <exception cref="ArgumentException">TorchSharp's layer does not apply its output padding.</exception>
    public static TransposedConvolutionMap OfTransposed(Convolution layer)
    {
        if (layer.output_padding.Distinct().Count() > 1)
            throw new ArgumentException(
                $"its output_padding is ({string.Join(", ", layer.output_padding)}), but TorchSharp's layer uses the first number for all "
                + "dimensions; expected the same number for each.");
        return new(
            layer.in_channels, layer.out_channels, new(layer.kernel_size, layer.stride, layer.padding!, layer.dilation), layer.output_padding,
            layer.groups);
    }

    private static bool IsTorchSharps(nn.Module layer) => layer.GetType().Assembly == typeof(Linear).Assembly;
}
