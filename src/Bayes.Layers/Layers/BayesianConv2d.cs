using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A convolution over the two dimensions of images, whose weights are distributions: <c>[B, in, H, W]</c> → <c>[B, out, H', W']</c>, or without a
/// batch <c>[in, H, W]</c> → <c>[out, H', W']</c>. The weight is <c>[out, in / groups, height, width]</c>, as in PyTorch.
/// </summary>
public sealed class BayesianConv2d : BayesianConvolution
{
    /// <summary>Creates a layer with the same settings in every dimension.</summary>
    /// <param name="inputChannels">Number of input channels; a multiple of the groups.</param>
    /// <param name="outputChannels">Number of output channels; a multiple of the groups.</param>
    /// <param name="kernelSize">The size of the kernel; at least 1.</param>
    /// <param name="stride">Distance between outputs, in elements of the input; at least 1.</param>
    /// <param name="padding">Number of elements added at each side; at least 0.</param>
    /// <param name="dilation">Distance between the elements of the kernel; at least 1.</param>
    /// <param name="groups">Number of groups of channels, each connected to its own outputs only; at least 1.</param>
    /// <param name="hasBias">Whether a bias is added, which is a distribution too.</param>
    /// <param name="prior">The prior of weight and bias; N(0, 1) by default.</param>
    /// <param name="biasPrior">The prior of the bias, if it is not that of the weight.</param>
    /// <param name="initializer">
    /// How the posterior starts; <see cref="FanInInitializer"/> of gain 1 by default: mu ~ N(0, 1 / fan-in), sigma a tenth of that spread.
    /// </param>
    /// <param name="device">The device of the parameters; torch's default device by default.</param>
    /// <param name="dtype">The element type of the parameters; torch's default type by default.</param>
    /// <param name="paddingMode">
    /// Which values are added: zeros, or values of the input (<c>Reflect</c>, <c>Replicate</c>, <c>Circular</c>); zeros by default.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <exception cref="ArgumentException">
    /// The channels cannot be split into the groups, the device is not available, or the type is not floating-point.
    /// </exception>
    public BayesianConv2d(
        long inputChannels, long outputChannels, long kernelSize, long stride = 1, long padding = 0, long dilation = 1, long groups = 1,
        bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null,
        ScalarType? dtype = null, PaddingModes paddingMode = PaddingModes.Zeros)
        : this(inputChannels, outputChannels, (kernelSize, kernelSize), (stride, stride), (padding, padding), (dilation, dilation), groups,
            hasBias, prior, biasPrior, initializer, device, dtype, paddingMode)
    {
    }

    /// <summary>Creates a layer with separate settings for each dimension.</summary>
    /// <inheritdoc cref="BayesianConv2d(long, long, long, long, long, long, long, bool, Prior?, Prior?, PosteriorInitializer?, Device?, ScalarType?,
    /// PaddingModes)"/>
    public BayesianConv2d(
        long inputChannels, long outputChannels, (long Height, long Width) kernelSize, (long Height, long Width)? stride = null,
        (long Height, long Width)? padding = null, (long Height, long Width)? dilation = null, long groups = 1,
        bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null,
        ScalarType? dtype = null, PaddingModes paddingMode = PaddingModes.Zeros)
        : base(nameof(BayesianConv2d), new ConvolutionMap(inputChannels, outputChannels,
            new(Pair(kernelSize, 1), Pair(stride, 1), Pair(padding, 0), Pair(dilation, 1), paddingMode: paddingMode), groups),
            hasBias, prior, biasPrior, initializer, device, dtype)
    {
    }

    /// <summary>Creates a layer with a map.</summary>
    internal BayesianConv2d(
        ConvolutionMap map, bool hasBias, Prior? prior, Prior? biasPrior, PosteriorInitializer? initializer, Device? device, ScalarType? dtype)
        : base(nameof(BayesianConv2d), map, hasBias, prior, biasPrior, initializer, device, dtype)
    {
    }
}
