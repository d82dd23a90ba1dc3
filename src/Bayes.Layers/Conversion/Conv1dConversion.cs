using Bayes.Layers.Maps;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts between <c>nn.Conv1d</c> and <see cref="BayesianConv1d"/>.</summary>
internal sealed class Conv1dConversion : ConvolutionConversion<Conv1d, BayesianConv1d>
{
    /// <inheritdoc/>
    protected override BayesianConv1d Create(Conv1d plain, LayerStart start) =>
        new(PlainMaps.Of(plain), start.HasBias, start.Prior, start.BiasPrior, start.Initializer, start.Device, start.Dtype);

    /// <inheritdoc/>
    protected override Conv1d Create(BayesianConv1d bayesian, Device device, ScalarType dtype)
    {
        var (kernel, stride, padding, dilation) = (bayesian.KernelSize, bayesian.Stride, bayesian.Padding, bayesian.Dilation);
        if (IsPaddedUnevenly(bayesian))
            return nn.Conv1d(
                bayesian.InputChannels, bayesian.OutputChannels, kernel[0], Padding.Same, stride[0], dilation[0],
                bayesian.PaddingMode, bayesian.Groups, bayesian.HasBias, device, dtype);
        return nn.Conv1d(
            bayesian.InputChannels, bayesian.OutputChannels, kernel[0], stride[0], padding[0],
            dilation[0], bayesian.PaddingMode, bayesian.Groups, bayesian.HasBias, device, dtype);
    }
}
