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
}
