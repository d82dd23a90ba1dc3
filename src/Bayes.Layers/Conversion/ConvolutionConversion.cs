using TorchSharp.Modules;

namespace Bayes.Layers.Conversion;

/// <summary>What the conversions of convolutions have in common. Only zeros are known as padding.</summary>
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

    /// <summary>The zeros added at each side, for each dimension.</summary>
    /// <exception cref="ArgumentException">The padding is of another kind.</exception>
    protected static long[] PaddingOf(TPlain plain)
    {
        if (plain.padding_mode != TorchSharp.PaddingModes.Zeros)
            throw new ArgumentException($"A {plain.GetType().Name} is padded by {plain.padding_mode}; expected zeros.", nameof(plain));
        return plain.padding_type switch
        {
            null => plain.padding!,
            TorchSharp.Padding.Valid => [.. plain.kernel_size.Select(_ => 0L)],
            // The same number at both sides keeps the size only where the kernel's reach is odd.
            _ => [.. plain.kernel_size.Select((size, d) => Half(plain, plain.dilation[d] * (size - 1)))],
        };
    }

    private static long Half(TPlain plain, long total) => total % 2 == 0
        ? total / 2
        : throw new ArgumentException($"A {plain.GetType().Name} is padded to keep the size with a kernel of even reach, more at one side than at the other; expected an odd one.", nameof(plain));
}
