using Bayes.Layers.Maps;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts between <c>nn.ConvTranspose1d</c> and <see cref="BayesianConvTranspose1d"/>.</summary>
internal sealed class ConvTranspose1dConversion : ConvolutionConversion<ConvTranspose1d, BayesianConvTranspose1d>
{
    /// <inheritdoc/>
    protected override BayesianConvTranspose1d Create(ConvTranspose1d plain, LayerStart start) =>
        new(PlainMaps.OfTransposed(plain), start.HasBias, start.Prior, start.BiasPrior, start.Initializer, start.Device, start.Dtype);

    /// <inheritdoc/>
    protected override ConvTranspose1d Create(BayesianConvTranspose1d bayesian, Device device, ScalarType dtype)
    {
        var (kernel, stride, padding, outputPadding, dilation) = (bayesian.KernelSize, bayesian.Stride, bayesian.Padding, bayesian.OutputPadding,
            bayesian.Dilation);
        return nn.ConvTranspose1d(
            bayesian.InputChannels, bayesian.OutputChannels, kernel[0], stride[0], padding[0],
            outputPadding[0], dilation[0], groups: bayesian.Groups, bias: bayesian.HasBias, device: device, dtype: dtype);
    }
}
