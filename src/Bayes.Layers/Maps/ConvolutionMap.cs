using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Maps;

/// <summary>
/// A convolution over one, two or three dimensions of space or time, like PyTorch's: input <c>[1|S, B, in, …]</c>, weight
/// <c>[out, in / groups, …kernel]</c>, output <c>[1|S, B, out, …]</c>.
/// </summary>
public sealed class ConvolutionMap : SpatialMap
{
    /// <summary>Creates a convolution.</summary>
    /// <param name="inputChannels">The number of input channels; a multiple of the groups.</param>
    /// <param name="outputChannels">The number of output channels; a multiple of the groups.</param>
    /// <param name="geometry">Kernel, stride, padding and dilation of each dimension.</param>
    /// <param name="groups">The number of groups of channels; outputs of a group use only inputs of that group. At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    /// <exception cref="ArgumentException">The channels cannot be split into the groups.</exception>
    public ConvolutionMap(long inputChannels, long outputChannels, ConvolutionGeometry geometry, long groups = 1)
        : base(inputChannels, outputChannels, geometry, groups)
    {
        WeightShape = Require.Countable([outputChannels, inputChannels / groups, .. geometry.KernelSize]);
        FanIn = inputChannels / groups * geometry.KernelVolume;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<long> WeightShape { get; }

    /// <inheritdoc/>
    public override long FanIn { get; }

    /// <inheritdoc/>
    private protected override int OutputAxisOfWeight => 0;

    /// <inheritdoc/>
    private protected override long OutputSize(int dimension, long size) =>
        (size + Geometry.Padding[dimension] + Geometry.PaddingAtEnd[dimension] - Geometry.Reach(dimension)) / Geometry.Stride[dimension] + 1;

    /// <inheritdoc/>
    private protected override long SmallestSize(int dimension)
    {
        long padding = Math.Max(Geometry.Padding[dimension], Geometry.PaddingAtEnd[dimension]);
        return Geometry.PaddingMode switch
        {
            PaddingModes.Reflect => padding + 1,
            PaddingModes.Circular => padding,
            _ => 1,
        };
    }

    /// <inheritdoc/>
    private protected override Tensor ConvolveNatively(Tensor input, Tensor weight, Tensor? bias, long groups)
    {
        using var scope = NewDisposeScope();
        long[] stride = Geometry.StrideArray, padding = Geometry.PaddingArray, dilation = Geometry.DilationArray;
        if (!Geometry.IsNativePadding)
        {
            var mode = Geometry.PaddingMode == PaddingModes.Zeros ? PaddingModes.Constant : Geometry.PaddingMode;
            input = functional.pad(input, Geometry.PaddingPairs, mode);
            Array.Clear(padding);
        }
        var output = stride.Length switch
        {
            1 => functional.conv1d(input, weight, bias, stride[0], padding[0], dilation[0], groups),
            2 => functional.conv2d(input, weight, bias, stride, padding, dilation, groups),
            _ => functional.conv3d(input, weight, bias, stride, padding, dilation, groups),
        };
        return output.MoveToOuterDisposeScope();
    }
}
