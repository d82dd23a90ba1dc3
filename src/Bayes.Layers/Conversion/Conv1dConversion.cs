using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary><c>nn.Conv1d</c> and <see cref="BayesianConv1d"/>.</summary>
internal sealed class Conv1dConversion : ConvolutionConversion<Conv1d, BayesianConv1d>
{
    /// <inheritdoc/>
    protected override BayesianConv1d Create(Conv1d plain, LayerStart start)
    {
        long[] kernel = plain.kernel_size, stride = plain.stride, padding = PaddingOf(plain), dilation = plain.dilation;
        return new(
            plain.in_channels, plain.out_channels, kernel[0], stride[0], padding[0], dilation[0],
            plain.groups, start.HasBias, start.Prior, start.BiasPrior, start.Initializer, start.Device, start.Dtype);
    }

    /// <inheritdoc/>
    protected override Conv1d Create(BayesianConv1d bayesian, Device device, ScalarType dtype)
    {
        var (kernel, stride, padding, dilation) = (bayesian.KernelSize, bayesian.Stride, bayesian.Padding, bayesian.Dilation);
        return nn.Conv1d(
            bayesian.InputChannels, bayesian.OutputChannels, kernel[0], stride[0], padding[0], dilation[0],
            groups: bayesian.Groups, bias: bayesian.HasBias, device: device, dtype: dtype);
    }
}
