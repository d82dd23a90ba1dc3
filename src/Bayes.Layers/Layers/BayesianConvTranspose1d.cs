using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A transposed convolution over one dimension, which lengthens sequences, and whose weights are distributions: <c>[B, in, L]</c> →
/// <c>[B, out, L']</c>, or without a batch <c>[in, L]</c> → <c>[out, L']</c>. The weight is <c>[in, out / groups, kernel]</c>, as in PyTorch.
/// </summary>
public sealed class BayesianConvTranspose1d : BayesianConvolution
{
    private readonly TransposedConvolutionMap _map;

    /// <summary>Creates a layer.</summary>
    /// <param name="inputChannels">Number of input channels; a multiple of the groups.</param>
    /// <param name="outputChannels">Number of output channels; a multiple of the groups.</param>
    /// <param name="kernelSize">The size of the kernel; at least 1.</param>
    /// <param name="stride">Distance between two inputs in the output; at least 1.</param>
    /// <param name="padding">Number of elements cut off at each side of the output; at least 0.</param>
    /// <param name="outputPadding">Number of elements added at the end of the output; below the stride or the dilation.</param>
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
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    /// <exception cref="ArgumentException">
    /// The channels cannot be split into the groups, the device is not available, or the type is not floating-point.
    /// </exception>
    public BayesianConvTranspose1d(
        long inputChannels, long outputChannels, long kernelSize, long stride = 1, long padding = 0, long outputPadding = 0, long dilation = 1,
        long groups = 1, bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null,
        Device? device = null, ScalarType? dtype = null)
        : this(
            new TransposedConvolutionMap(inputChannels, outputChannels, new([kernelSize], [stride], [padding], [dilation]), [outputPadding], groups),
            hasBias, prior, biasPrior, initializer, device, dtype)
    {
    }

    /// <summary>Creates a layer with a map.</summary>
    internal BayesianConvTranspose1d(
        TransposedConvolutionMap map, bool hasBias, Prior? prior, Prior? biasPrior, PosteriorInitializer? initializer, Device? device,
        ScalarType? dtype)
        : base(nameof(BayesianConvTranspose1d), map, hasBias, prior, biasPrior, initializer, device, dtype) => _map = map;

    /// <summary>Gets the number of elements added at the end of the output.</summary>
    public IReadOnlyList<long> OutputPadding => _map.OutputPadding;
}
