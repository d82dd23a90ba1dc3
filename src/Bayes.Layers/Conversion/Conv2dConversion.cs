using Bayes.Layers.Maps;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts between <c>nn.Conv2d</c> and <see cref="BayesianConv2d"/>.</summary>
internal sealed class Conv2dConversion : ConvolutionConversion<Conv2d, BayesianConv2d>
{
    /// <inheritdoc/>
    protected override BayesianConv2d Create(Conv2d plain, LayerStart start) =>
        new(PlainMaps.Of(plain), start.HasBias, start.Prior, start.BiasPrior, start.Initializer, start.Device, start.Dtype);

    /// <inheritdoc/>
    protected override Conv2d Create(BayesianConv2d bayesian, Device device, ScalarType dtype)
    {
        var (kernel, stride, padding, dilation) = (bayesian.KernelSize, bayesian.Stride, bayesian.Padding, bayesian.Dilation);
        if (IsPaddedUnevenly(bayesian))
            return nn.Conv2d(
                bayesian.InputChannels, bayesian.OutputChannels, (kernel[0], kernel[1]), Padding.Same, (stride[0], stride[1]),
                (dilation[0], dilation[1]), bayesian.PaddingMode, bayesian.Groups, bayesian.HasBias, device, dtype);
        return nn.Conv2d(
            bayesian.InputChannels, bayesian.OutputChannels, (kernel[0], kernel[1]), (stride[0], stride[1]), (padding[0], padding[1]),
            (dilation[0], dilation[1]), bayesian.PaddingMode, bayesian.Groups, bayesian.HasBias, device, dtype);
    }
}
