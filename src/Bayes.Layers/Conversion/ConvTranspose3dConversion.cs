using Bayes.Layers.Maps;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts between <c>nn.ConvTranspose3d</c> and <see cref="BayesianConvTranspose3d"/>.</summary>
internal sealed class ConvTranspose3dConversion : ConvolutionConversion<ConvTranspose3d, BayesianConvTranspose3d>
{
    /// <inheritdoc/>
    protected override BayesianConvTranspose3d Create(ConvTranspose3d plain, LayerStart start) =>
        new(PlainMaps.OfTransposed(plain), start.HasBias, start.Prior, start.BiasPrior, start.Initializer, start.Device, start.Dtype);

    /// <inheritdoc/>
    protected override ConvTranspose3d Create(BayesianConvTranspose3d bayesian, Device device, ScalarType dtype)
    {
        var (kernel, stride, padding, outputPadding, dilation) = (bayesian.KernelSize, bayesian.Stride, bayesian.Padding, bayesian.OutputPadding,
            bayesian.Dilation);
        return nn.ConvTranspose3d(
            bayesian.InputChannels, bayesian.OutputChannels, (kernel[0], kernel[1], kernel[2]), (stride[0], stride[1], stride[2]),
            (padding[0], padding[1], padding[2]), (outputPadding[0], outputPadding[1], outputPadding[2]), (dilation[0], dilation[1], dilation[2]),
            groups: bayesian.Groups, bias: bayesian.HasBias, device: device, dtype: dtype);
    }
}
