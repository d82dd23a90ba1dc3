using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary><c>nn.Conv3d</c> and <see cref="BayesianConv3d"/>.</summary>
internal sealed class Conv3dConversion : ConvolutionConversion<Conv3d, BayesianConv3d>
{
    /// <inheritdoc/>
    protected override BayesianConv3d Create(Conv3d plain, LayerStart start)
    {
        long[] kernel = plain.kernel_size, stride = plain.stride, padding = PaddingOf(plain), dilation = plain.dilation;
        return new(
            plain.in_channels, plain.out_channels, (kernel[0], kernel[1], kernel[2]), (stride[0], stride[1], stride[2]), (padding[0], padding[1], padding[2]), (dilation[0], dilation[1], dilation[2]),
            plain.groups, start.HasBias, start.Prior, start.BiasPrior, start.Initializer, start.Device, start.Dtype);
    }

    /// <inheritdoc/>
    protected override Conv3d Create(BayesianConv3d bayesian, Device device, ScalarType dtype)
    {
        var (kernel, stride, padding, dilation) = (bayesian.KernelSize, bayesian.Stride, bayesian.Padding, bayesian.Dilation);
        return nn.Conv3d(
            bayesian.InputChannels, bayesian.OutputChannels, (kernel[0], kernel[1], kernel[2]), (stride[0], stride[1], stride[2]), (padding[0], padding[1], padding[2]), (dilation[0], dilation[1], dilation[2]),
            groups: bayesian.Groups, bias: bayesian.HasBias, device: device, dtype: dtype);
    }
}
