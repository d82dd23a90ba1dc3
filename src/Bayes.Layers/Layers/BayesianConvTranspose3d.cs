using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A transposed convolution over three dimensions, by which volumes grow, whose weights are distributions: <c>[B, in, D, H, W]</c> →
/// <c>[B, out, D', H', W']</c>; a single example <c>[in, D, H, W]</c> gives one without the batch. The weight is
/// <c>[in, out / groups, depth, height, width]</c>, as PyTorch's.
/// </summary>
public sealed class BayesianConvTranspose3d : BayesianConvolution
{
    private readonly TransposedConvolutionMap _map;

    /// <summary>A layer with the same numbers in all dimensions.</summary>
    /// <param name="inputChannels">Channels in; a multiple of the groups.</param>
    /// <param name="outputChannels">Channels out; a multiple of the groups.</param>
    /// <param name="kernelSize">The kernel's size; at least 1.</param>
    /// <param name="stride">Steps between the places of two inputs in the output; at least 1.</param>
    /// <param name="padding">How much is cut off at each side of the output; at least 0.</param>
    /// <param name="outputPadding">How much is added at the end of each dimension of the output; below the stride or the dilation.</param>
    /// <param name="dilation">Steps between the kernel's places; at least 1.</param>
    /// <param name="groups">Into how many groups the channels are split, each seen by its own outputs; at least 1.</param>
    /// <param name="hasBias">Whether a bias, a distribution too, is added.</param>
    /// <param name="prior">The prior of weight and bias; N(0, 1) by default.</param>
    /// <param name="biasPrior">The prior of the bias, where it is another than the weight's.</param>
    /// <param name="initializer">How the posterior starts; by default mu ~ 0.1 · N(0, 1) and log_var ~ −2 + 0.1 · N(0, 1).</param>
    /// <param name="device">Where the parameters live; torch's default device by default.</param>
    /// <param name="dtype">Their element type; torch's default type by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <exception cref="ArgumentException">
    /// The channels cannot be split into the groups, the device is not there, or the type is not floating-point.
    /// </exception>
    public BayesianConvTranspose3d(
        long inputChannels, long outputChannels, long kernelSize, long stride = 1, long padding = 0, long outputPadding = 0, long dilation = 1,
        long groups = 1, bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null,
        Device? device = null, ScalarType? dtype = null)
        : this(inputChannels, outputChannels, (kernelSize, kernelSize, kernelSize), (stride, stride, stride), (padding, padding, padding),
            (outputPadding, outputPadding, outputPadding), (dilation, dilation, dilation), groups, hasBias, prior, biasPrior, initializer, device,
                dtype)
    {
    }

    /// <summary>A layer with numbers of its own in each dimension.</summary>
    /// <inheritdoc cref="BayesianConvTranspose3d(long, long, long, long, long, long, long, long, bool, Prior?, Prior?, PosteriorInitializer?, Device?, ScalarType?)"/>
    public BayesianConvTranspose3d(
        long inputChannels, long outputChannels, (long Depth, long Height, long Width) kernelSize,
        (long Depth, long Height, long Width)? stride = null, (long Depth, long Height, long Width)? padding = null,
        (long Depth, long Height, long Width)? outputPadding = null, (long Depth, long Height, long Width)? dilation = null, long groups = 1,
        bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null, Device? device = null,
        ScalarType? dtype = null)
        : this(
            new TransposedConvolutionMap(
                inputChannels, outputChannels,
                new([kernelSize.Depth, kernelSize.Height, kernelSize.Width], Triple(stride, 1), Triple(padding, 0), Triple(dilation, 1)),
                Triple(outputPadding, 0), groups),
            hasBias, prior, biasPrior, initializer, device, dtype)
    {
    }

    /// <summary>A layer over a map.</summary>
    internal BayesianConvTranspose3d(
        TransposedConvolutionMap map, bool hasBias, Prior? prior, Prior? biasPrior, PosteriorInitializer? initializer, Device? device,
        ScalarType? dtype)
        : base(nameof(BayesianConvTranspose3d), map, hasBias, prior, biasPrior, initializer, device, dtype) => _map = map;

    /// <summary>Gets how much is added at the end of each dimension of the output.</summary>
    public IReadOnlyList<long> OutputPadding => _map.OutputPadding;

    private static long[] Triple((long Depth, long Height, long Width)? given, long usual) =>
        given is { } triple ? [triple.Depth, triple.Height, triple.Width] : [usual, usual, usual];
}
