using Bayes.Layers.Maps;
using TorchSharp;
using TorchSharp.Modules;

namespace Bayes.Layers.Conversion;

/// <summary>What the conversions of convolutions have in common.</summary>
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

    /// <summary>Determines whether a layer is padded to keep the size, with a kernel of even reach: more at the end than at the start.</summary>
    protected static bool IsPaddedUnevenly(TBayesian bayesian) => !bayesian.Padding.SequenceEqual(bayesian.PaddingAtEnd);

    /// <summary>Returns the map of a convolution.</summary>
    /// <exception cref="ArgumentException">The padding is one that TorchSharp computes for the wrong dimensions.</exception>
    protected static ConvolutionMap MapOf(TPlain plain)
    {
        long[] reach = [.. plain.kernel_size.Select((size, d) => plain.dilation[d] * (size - 1))];
        // TorchSharp's Constant is a padding of zeros.
        var mode = plain.padding_mode == PaddingModes.Constant ? PaddingModes.Zeros : plain.padding_mode;
        bool isSame = plain.padding_type == Padding.Same;
        if (isSame && plain.padding_mode != PaddingModes.Zeros && reach.Distinct().Count() > 1)
            throw new ArgumentException(
                $"it is padded to keep the size by {plain.padding_mode}, which TorchSharp does in the wrong order of the dimensions for a kernel "
                + "of different reach in each; expected a padding in numbers.");
        long[] start = isSame ? [.. reach.Select(total => total / 2)] : plain.padding ?? new long[reach.Length];
        long[] end = isSame ? [.. reach.Select(total => total - total / 2)] : start;
        return new(plain.in_channels, plain.out_channels, new(plain.kernel_size, plain.stride, start, plain.dilation, end, mode), plain.groups);
    }
}
