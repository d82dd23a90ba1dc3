using Bayes.Layers.Maps;
using TorchSharp;
using TorchSharp.Modules;

namespace Bayes.Layers.Conversion;

/// <summary>The base of conversions of convolutions.</summary>
/// <typeparam name="TPlain">The plain type.</typeparam>
/// <typeparam name="TBayesian">The Bayesian type.</typeparam>
internal abstract class ConvolutionConversion<TPlain, TBayesian> : WeightLayerConversion<TPlain, TBayesian>
    where TPlain : Convolution
    where TBayesian : BayesianConvolution
{
    /// <inheritdoc/>
    protected sealed override Parameter Weight(TPlain plain) => plain.weight;

    /// <inheritdoc/>
    protected sealed override Parameter? Bias(TPlain plain) => plain.bias;

    /// <inheritdoc/>
    protected sealed override void SetWeight(TPlain plain, Parameter weight) => plain.weight = weight;

    /// <inheritdoc/>
    protected sealed override void SetBias(TPlain plain, Parameter bias) => plain.bias = bias;

    /// <summary>Determines whether a layer keeps the size with more padding at the end than at the start, as a kernel of even size needs.</summary>
    protected static bool IsPaddedUnevenly(TBayesian bayesian) => !bayesian.Padding.SequenceEqual(bayesian.PaddingAtEnd);

    /// <summary>Returns the map of a convolution.</summary>
    /// <exception cref="ArgumentException">TorchSharp applies the padding to the wrong dimensions.</exception>
    protected static ConvolutionMap MapOf(TPlain plain)
    {
        long[] totals = [.. plain.kernel_size.Select((size, d) => plain.dilation[d] * (size - 1))];
        // TorchSharp's Constant pads with zeros.
        var mode = plain.padding_mode == PaddingModes.Constant ? PaddingModes.Zeros : plain.padding_mode;
        bool isSame = plain.padding_type == Padding.Same;
        if (isSame && plain.padding_mode != PaddingModes.Zeros && totals.Distinct().Count() > 1)
            throw new ArgumentException(
                $"it is padded to keep the size by {plain.padding_mode}, and TorchSharp confuses the dimensions of a kernel that extends differently "
                + "in each; expected a padding in numbers.");
        long[] start = isSame ? [.. totals.Select(total => total / 2)] : plain.padding ?? new long[totals.Length];
        long[] end = isSame ? [.. totals.Select(total => total - total / 2)] : start;
        return new(plain.in_channels, plain.out_channels, new(plain.kernel_size, plain.stride, start, plain.dilation, end, mode), plain.groups);
    }
}
