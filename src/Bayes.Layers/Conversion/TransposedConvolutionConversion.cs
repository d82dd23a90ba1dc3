using Bayes.Layers.Maps;
using TorchSharp.Modules;

namespace Bayes.Layers.Conversion;

/// <summary>The base of conversions of transposed convolutions.</summary>
/// <typeparam name="TPlain">The plain type.</typeparam>
/// <typeparam name="TBayesian">The Bayesian type.</typeparam>
internal abstract class TransposedConvolutionConversion<TPlain, TBayesian> : ConvolutionConversion<TPlain, TBayesian>
    where TPlain : Convolution
    where TBayesian : BayesianConvolution
{
    /// <summary>Returns the map of a transposed convolution.</summary>
    /// <exception cref="ArgumentException">TorchSharp's layer does not apply its output padding.</exception>
    protected static new TransposedConvolutionMap MapOf(TPlain plain)
    {
        if (plain.output_padding.Distinct().Count() > 1)
            throw new ArgumentException(
                $"its output_padding is ({string.Join(", ", plain.output_padding)}), but TorchSharp's layer uses the first number for all "
                + "dimensions; expected the same number for each.");
        return new(
            plain.in_channels, plain.out_channels, new(plain.kernel_size, plain.stride, plain.padding!, plain.dilation), plain.output_padding,
            plain.groups);
    }
}
