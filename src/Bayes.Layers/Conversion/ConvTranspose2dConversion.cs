using Bayes.Layers.Maps;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts between <c>nn.ConvTranspose2d</c> and <see cref="BayesianConvTranspose2d"/>.</summary>
internal sealed class ConvTranspose2dConversion : ConvolutionConversion<ConvTranspose2d, BayesianConvTranspose2d>
{
    /// <inheritdoc/>
    protected override BayesianConvTranspose2d Create(ConvTranspose2d plain, LayerStart start) =>
        new(PlainMaps.OfTransposed(plain), start.HasBias, start.Prior, start.BiasPrior, start.Initializer, start.Device, start.Dtype);

    /// <inheritdoc/>
    protected override ConvTranspose2d Create(BayesianConvTranspose2d bayesian, Device device, ScalarType dtype)
    {
        var (kernel, stride, padding, outputPadding, dilation) = (bayesian.KernelSize, bayesian.Stride, bayesian.Padding, bayesian.OutputPadding,
            bayesian.Dilation);
        return nn.ConvTranspose2d(
            bayesian.InputChannels, bayesian.OutputChannels, (kernel[0], kernel[1]), (stride[0], stride[1]), (padding[0], padding[1]),
            (outputPadding[0], outputPadding[1]), (dilation[0], dilation[1]), groups: bayesian.Groups, bias: bayesian.HasBias,
            device: device, dtype: dtype);
    }
}
