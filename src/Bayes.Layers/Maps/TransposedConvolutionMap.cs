using Bayes.Layers.Numerics;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Maps;

/// <summary>
/// A transposed convolution over one, two or three dimensions, like PyTorch's: each input contributes to the outputs around it, so the output is
/// larger than the input. Input <c>[1|S, B, in, …]</c>, weight <c>[in, out / groups, …kernel]</c>, output <c>[1|S, B, out, …]</c>.
/// </summary>
public sealed class TransposedConvolutionMap : SpatialMap
{
    private readonly long[] _outputPadding;

    /// <summary>Creates a transposed convolution.</summary>
    /// <param name="inputChannels">The number of input channels; a multiple of the groups.</param>
    /// <param name="outputChannels">The number of output channels; a multiple of the groups.</param>
    /// <param name="geometry">Kernel, stride, padding and dilation of each dimension; the padding must be zeros, the same number at both
    /// ends.</param>
    /// <param name="outputPadding">
    /// The number of values added at the end of each dimension of the output, whose size the stride leaves ambiguous; below the stride or the
    /// dilation.
    /// </param>
    /// <param name="groups">The number of groups of channels; at least 1.</param>
    /// <exception cref="ArgumentException">The channels cannot be split into the groups, or a number is outside its range.</exception>
    public TransposedConvolutionMap(
        long inputChannels, long outputChannels, ConvolutionGeometry geometry, IReadOnlyList<long> outputPadding, long groups = 1)
        : base(inputChannels, outputChannels, geometry, groups)
    {
        ArgumentNullException.ThrowIfNull(outputPadding);
        if (geometry.Dimensions != outputPadding.Count)
            throw new ArgumentException(
                $"The kernel has {geometry.Dimensions} dimensions and the output padding {outputPadding.Count}; expected the same number.",
                    nameof(outputPadding));
        if (!geometry.IsNativePadding)
            throw new ArgumentException(
                $"The geometry is {geometry.Describe()}; expected a padding of zeros, the same at both ends, for a transposed convolution.",
                    nameof(geometry));
        _outputPadding = [.. outputPadding];
        for (int d = 0; d < geometry.Dimensions; d++)
        {
            long maximum = Math.Max(geometry.Stride[d], geometry.Dilation[d]) - 1;
            if (_outputPadding[d] < 0 || _outputPadding[d] > maximum)
                throw new ArgumentOutOfRangeException(
                    nameof(outputPadding), _outputPadding[d],
                    $"outputPadding is {_outputPadding[d]}; expected 0 to {maximum}, below the stride or the dilation.");
        }
        WeightShape = Require.Countable([inputChannels, outputChannels / groups, .. geometry.KernelSize]);
        // Every stride-th element of the kernel contributes to an output: the average over the outputs.
        double inputsPerChannel = (double)geometry.KernelVolume / geometry.Stride.Aggregate(1L, (product, next) => product * next);
        FanIn = Math.Max(1, (long)Math.Round(inputChannels / groups * inputsPerChannel));
    }

    /// <summary>Gets the number of values added at the end of each dimension of the output.</summary>
    public IReadOnlyList<long> OutputPadding => _outputPadding.AsReadOnly();

    /// <inheritdoc/>
    public override IReadOnlyList<long> WeightShape { get; }

    /// <summary>
    /// Gets the average number of inputs that contribute to one output: input channels / groups times the kernel's volume over the product of the
    /// strides.
    /// </summary>
    public override long FanIn { get; }

    /// <inheritdoc/>
    internal override string Describe() => base.Describe() + ConvolutionGeometry.Unless(OutputPadding, 0, "output_padding");

    /// <inheritdoc/>
    private protected override int OutputAxisOfWeight => 1;

    /// <inheritdoc/>
    private protected override long OutputSize(int dimension, long size) =>
        (size - 1) * Geometry.Stride[dimension] - 2 * Geometry.Padding[dimension] + Geometry.Reach(dimension) + _outputPadding[dimension];

    /// <inheritdoc/>
    private protected override bool IsTransposed(Tensor input) => true;

    /// <inheritdoc/>
    private protected override Tensor ConvolveNatively(Tensor input, Tensor weight, Tensor? bias, long groups)
    {
        long[] stride = Geometry.StrideArray, padding = Geometry.PaddingArray, dilation = Geometry.DilationArray;
        return stride.Length switch
        {
            1 => functional.conv_transpose1d(input, weight, bias, stride[0], padding[0], _outputPadding[0], dilation[0], groups),
            2 => functional.conv_transpose2d(input, weight, bias, stride, padding, _outputPadding, dilation, groups),
            _ => functional.conv_transpose3d(input, weight, bias, stride, padding, _outputPadding, dilation, groups),
        };
    }
}
