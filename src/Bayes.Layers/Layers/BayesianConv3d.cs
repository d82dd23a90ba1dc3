using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A convolution over three dimensions: volumes, or images over time, whose weights are distributions: <c>[B, in, D, H, W]</c> → <c>[B, out, D', H', W']</c>; a single example
/// <c>[in, D, H, W]</c> gives one without the batch. The weight is <c>[out, in / groups, depth, height, width]</c>, as PyTorch's.
/// </summary>
public sealed class BayesianConv3d : BayesianConvolution
{
    /// <summary>A layer with the same numbers in every dimension.</summary>
    /// <param name="inputChannels">Channels in; a multiple of the groups.</param>
    /// <param name="outputChannels">Channels out; a multiple of the groups.</param>
    /// <param name="kernelSize">The kernel's size; at least 1.</param>
    /// <param name="stride">Steps between outputs; at least 1.</param>
    /// <param name="padding">How much is added at each side; at least 0.</param>
    /// <param name="dilation">Steps between the kernel's places; at least 1.</param>
    /// <param name="groups">Into how many groups the channels are split, each seen by its own outputs; at least 1.</param>
    /// <param name="hasBias">Whether a bias, a distribution too, is added.</param>
    /// <param name="prior">The prior of weight and bias; N(0, 1) by default.</param>
    /// <param name="biasPrior">The prior of the bias, where it is another than the weight's.</param>
    /// <param name="initializer">
    /// How the posterior starts; <see cref="FanInInitializer"/> of gain 1 by default: mu ~ N(0, 1 / fan-in), sigma a tenth of that spread.
    /// </param>
    /// <param name="device">Where the parameters live; torch's default device by default.</param>
    /// <param name="dtype">Their element type; torch's default type by default.</param>
    /// <param name="paddingMode">
    /// What is added: zeros, or values of the input (<c>Reflect</c>, <c>Replicate</c>, <c>Circular</c>); zeros by default.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <exception cref="ArgumentException">The channels cannot be split into the groups, the device is not there, or the type is not floating-point.</exception>
    public BayesianConv3d(
        long inputChannels, long outputChannels, long kernelSize, long stride = 1, long padding = 0, long dilation = 1, long groups = 1,
        bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null,
        ScalarType? dtype = null, PaddingModes paddingMode = PaddingModes.Zeros)
        : this(inputChannels, outputChannels, (kernelSize, kernelSize, kernelSize), (stride, stride, stride), (padding, padding, padding), (dilation, dilation, dilation), groups,
            hasBias, prior, biasPrior, initializer, device, dtype, paddingMode)
    {
    }

    /// <summary>A layer with numbers of its own in each dimension.</summary>
    /// <param name="inputChannels">Channels in; a multiple of the groups.</param>
    /// <param name="outputChannels">Channels out; a multiple of the groups.</param>
    /// <param name="kernelSize">The kernel's size in each dimension; at least 1.</param>
    /// <param name="stride">Steps between outputs in each dimension; at least 1.</param>
    /// <param name="padding">How much is added at each side in each dimension; at least 0.</param>
    /// <param name="dilation">Steps between the kernel's places in each dimension; at least 1.</param>
    /// <param name="groups">Into how many groups the channels are split, each seen by its own outputs; at least 1.</param>
    /// <param name="hasBias">Whether a bias, a distribution too, is added.</param>
    /// <param name="prior">The prior of weight and bias; N(0, 1) by default.</param>
    /// <param name="biasPrior">The prior of the bias, where it is another than the weight's.</param>
    /// <param name="initializer">
    /// How the posterior starts; <see cref="FanInInitializer"/> of gain 1 by default: mu ~ N(0, 1 / fan-in), sigma a tenth of that spread.
    /// </param>
    /// <param name="device">Where the parameters live; torch's default device by default.</param>
    /// <param name="dtype">Their element type; torch's default type by default.</param>
    /// <param name="paddingMode">
    /// What is added: zeros, or values of the input (<c>Reflect</c>, <c>Replicate</c>, <c>Circular</c>); zeros by default.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <exception cref="ArgumentException">The channels cannot be split into the groups, the device is not there, or the type is not floating-point.</exception>
    public BayesianConv3d(
        long inputChannels, long outputChannels, (long Depth, long Height, long Width) kernelSize, (long Depth, long Height, long Width)? stride = null,
        (long Depth, long Height, long Width)? padding = null, (long Depth, long Height, long Width)? dilation = null, long groups = 1,
        bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null,
        ScalarType? dtype = null, PaddingModes paddingMode = PaddingModes.Zeros)
        : base(nameof(BayesianConv3d), new ConvolutionMap(inputChannels, outputChannels,
            Geometry(kernelSize, stride ?? (1, 1, 1), padding ?? (0, 0, 0), dilation ?? (1, 1, 1), paddingMode), groups),
            hasBias, prior, biasPrior, initializer, device, dtype)
    {
    }

    /// <summary>A layer over a map.</summary>
    internal BayesianConv3d(
        ConvolutionMap map, bool hasBias, Prior? prior, Prior? biasPrior, PosteriorInitializer? initializer, Device? device, ScalarType? dtype)
        : base(nameof(BayesianConv3d), map, hasBias, prior, biasPrior, initializer, device, dtype)
    {
    }

    private static ConvolutionGeometry Geometry(
        (long Depth, long Height, long Width) kernelSize, (long Depth, long Height, long Width) stride,
            (long Depth, long Height, long Width) padding,
        (long Depth, long Height, long Width) dilation, PaddingModes paddingMode) =>
        new([kernelSize.Depth, kernelSize.Height, kernelSize.Width], [stride.Depth, stride.Height, stride.Width],
            [padding.Depth, padding.Height, padding.Width],
            [dilation.Depth, dilation.Height, dilation.Width], paddingMode: paddingMode);
}
