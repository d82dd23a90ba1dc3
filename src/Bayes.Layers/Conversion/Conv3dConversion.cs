using Bayes.Layers.Maps;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts between <c>nn.Conv3d</c> and <see cref="BayesianConv3d"/>.</summary>
internal sealed class Conv3dConversion : ConvolutionConversion<Conv3d, BayesianConv3d>
{
    /// <inheritdoc/>
    protected override BayesianConv3d Create(Conv3d plain, LayerStart start) =>
        new(PlainMaps.Of(plain), start.HasBias, start.Prior, start.BiasPrior, start.Initializer, start.Device, start.Dtype);

    /// <inheritdoc/>
    protected override Conv3d Create(BayesianConv3d bayesian, Device device, ScalarType dtype)
    {
        var (kernel, stride, padding, dilation) = (bayesian.KernelSize, bayesian.Stride, bayesian.Padding, bayesian.Dilation);
        if (IsPaddedUnevenly(bayesian))
            return nn.Conv3d(
                bayesian.InputChannels, bayesian.OutputChannels, (kernel[0], kernel[1], kernel[2]), Padding.Same, (stride[0], stride[1], stride[2]),
                (dilation[0], dilation[1], dilation[2]), bayesian.PaddingMode, bayesian.Groups, bayesian.HasBias, device, dtype);
        return nn.Conv3d(
            bayesian.InputChannels, bayesian.OutputChannels, (kernel[0], kernel[1], kernel[2]), (stride[0], stride[1], stride[2]),
            (padding[0], padding[1], padding[2]), (dilation[0], dilation[1], dilation[2]), bayesian.PaddingMode, bayesian.Groups,
            bayesian.HasBias, device, dtype);
    }
}
