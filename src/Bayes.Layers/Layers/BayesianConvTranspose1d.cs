using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A transposed convolution over one dimension, by which sequences grow, whose weights are distributions: <c>[B, in, L]</c> → <c>[B, out, L']</c>; a
/// single example <c>[in, L]</c> gives one without the batch. The weight is <c>[in, out / groups, kernel]</c>, as PyTorch's.
/// </summary>
public sealed class BayesianConvTranspose1d : BayesianConvolution
{
    private readonly TransposedConvolutionMap _map;

    /// <summary>A layer.</summary>
    /// <param name="inputChannels">Channels in; a multiple of the groups.</param>
    /// <param name="outputChannels">Channels out; a multiple of the groups.</param>
    /// <param name="kernelSize">The kernel's size; at least 1.</param>
    /// <param name="stride">Steps between the places of two inputs in the output; at least 1.</param>
    /// <param name="padding">How much is cut off at each side of the output; at least 0.</param>
    /// <param name="outputPadding">How much is added at the end of the output; below the stride or the dilation.</param>
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
    public BayesianConvTranspose1d(
        long inputChannels, long outputChannels, long kernelSize, long stride = 1, long padding = 0, long outputPadding = 0, long dilation = 1,
        long groups = 1, bool hasBias = true, Prior? prior = null, Prior? biasPrior = null, PosteriorInitializer? initializer = null,
        Device? device = null, ScalarType? dtype = null)
        : this(
            new TransposedConvolutionMap(inputChannels, outputChannels, new([kernelSize], [stride], [padding], [dilation]), [outputPadding], groups),
            hasBias, prior, biasPrior, initializer, device, dtype)
    {
    }

    /// <summary>A layer over a map.</summary>
    internal BayesianConvTranspose1d(
        TransposedConvolutionMap map, bool hasBias, Prior? prior, Prior? biasPrior, PosteriorInitializer? initializer, Device? device,
        ScalarType? dtype)
        : base(nameof(BayesianConvTranspose1d), map, hasBias, prior, biasPrior, initializer, device, dtype) => _map = map;

    /// <summary>Gets how much is added at the end of the output.</summary>
    public IReadOnlyList<long> OutputPadding => _map.OutputPadding;
}
