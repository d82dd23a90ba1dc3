using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Maps;

/// <summary>
/// The common part of convolutions and transposed convolutions: channels on axis 2 of <c>[1|S, B, channels, …]</c>, groups, and draws as groups.
/// </summary>
public abstract class SpatialMap : BilinearMap
{
    // On a CPU, one call for all draws saves calls but needs copies: it is faster up to this number of outputs of all draws side by side, or of
    // inputs of a draw as groups (decision 12).
    private const long MaxOutputsSideBySide = 1 << 22;
    private const long MaxInputsOfGroups = 1 << 15;

    // On a CPU, a weight for each row pays from this number of places on, for weights up to this size. More weights at once leave the cache (decision
    // 56).
    private const long MinPlacesOfRowWeights = 100;
    private const long MaxRowWeights = 1 << 21;

    private static readonly string[] DimensionNames = ["length", "height, width", "depth, height, width"];

    private protected SpatialMap(long inputChannels, long outputChannels, ConvolutionGeometry geometry, long groups)
    {
        ArgumentNullException.ThrowIfNull(geometry);
        InputChannels = Require.Positive(inputChannels);
        OutputChannels = Require.Positive(outputChannels);
        Groups = Require.Positive(groups);
        if (inputChannels % groups != 0 || outputChannels % groups != 0)
            throw new ArgumentException(
                $"{inputChannels} channels in and {outputChannels} out cannot be split into {groups} groups; expected multiples of {groups}.",
                nameof(groups));
        Geometry = geometry;
        BiasShape = [outputChannels];
    }

    /// <summary>Gets the number of input channels.</summary>
    public long InputChannels { get; }

    /// <summary>Gets the number of output channels.</summary>
    public long OutputChannels { get; }

    /// <summary>Gets the number of groups of channels.</summary>
    public long Groups { get; }

    /// <summary>Gets kernel, stride, padding and dilation.</summary>
    public ConvolutionGeometry Geometry { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<long> BiasShape { get; }

    /// <inheritdoc/>
    public sealed override int ChannelAxis => 2;

    /// <summary>Gets the weight's axis of outputs, along which the weights of several draws are placed side by side.</summary>
    private protected abstract int OutputAxisOfWeight { get; }

    /// <summary>Returns the number of outputs along a dimension for an input of some size; below 1 if the input is too small.</summary>
    private protected abstract long OutputSize(int dimension, long size);

    /// <summary>Returns the smallest size of an input along a dimension that can be padded; 1 by default.</summary>
    private protected virtual long SmallestSize(int dimension) => 1;

    /// <summary>Applies PyTorch's operation, <c>[N, in, …]</c> → <c>[N, out, …]</c>.</summary>
    private protected abstract Tensor ConvolveNatively(Tensor input, Tensor weight, Tensor? bias, long groups);

    /// <summary>Determines whether the convolution of an input, or its gradient, is a transposed convolution; by default, if the input requires a
    /// gradient.</summary>
    private protected virtual bool IsTransposed(Tensor input) => input.requires_grad;

    /// <summary>Returns the geometry in PyTorch's format.</summary>
    internal virtual string Describe() => Geometry.Describe();

    /// <inheritdoc/>
    public sealed override bool IsSingleExample(ReadOnlySpan<long> shape) => shape.Length == 1 + Geometry.Dimensions;

    /// <inheritdoc/>
    public sealed override Tensor Apply(Tensor input, Tensor weight, Tensor? bias = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        long draws = input.shape[0];
        var output = Convolve(draws == 1 ? input.squeeze(0) : input.flatten(0, 1), weight, bias, Groups);
        return (draws == 1 ? output.unsqueeze(0) : output.unflatten(0, draws, input.shape[1])).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public sealed override Tensor ApplyPerDraw(Tensor input, Tensor weights, Tensor? biases = null)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weights);
        CheckDraws(input, weights.shape[0]);
        using var scope = NewDisposeScope();
        long draws = weights.shape[0];
        bool isOnCpu = input.device_type == DeviceType.CPU, isShared = input.shape[0] == 1;
        var output = draws == 1 ? Convolve(input.squeeze(0), weights.squeeze(0), biases?.squeeze(0), Groups).unsqueeze(0)
            : isShared && (!isOnCpu || OutputElements(input, draws) <= MaxOutputsSideBySide) ? SideBySide(input, weights, biases)
            : !isShared && (!isOnCpu || input.numel() / draws <= MaxInputsOfGroups) ? AsGroups(input, weights, biases)
            : OneByOne(input, weights, biases);
        return output.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    internal sealed override bool PrefersRowWeights(Tensor input, int draws) =>
        draws == 1 && Groups == 1 && OutputAxisOfWeight == 0 && input.device_type == DeviceType.CPU && WeightCount <= MaxRowWeights
        && PlacesOfOutput(input) >= MinPlacesOfRowWeights;

    /// <inheritdoc/>
    internal sealed override long RowWeightsAtOnce => Math.Max(1, MaxRowWeights / WeightCount);

    /// <inheritdoc/>
    internal sealed override Tensor ApplyPerRow(Tensor input, Tensor weights, Tensor? biases)
    {
        using var scope = NewDisposeScope();
        return AsGroups(input.transpose(0, 1), weights, biases).transpose(0, 1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public sealed override void CheckInput(ReadOnlySpan<long> shape)
    {
        int dimensions = Geometry.Dimensions;
        string expected = $"[batch, {InputChannels}, {DimensionNames[dimensions - 1]}]";
        if (shape.Length != dimensions + 2)
            throw new ArgumentException($"The input has shape {Shapes.Describe(shape)}; expected {expected}.", "input");
        if (shape[1] != InputChannels)
            throw new ArgumentException(
                $"The input has shape {Shapes.Describe(shape)}, so {shape[1]} channels; expected {InputChannels}, as in {expected}.", "input");
        for (int d = 0; d < dimensions; d++)
        {
            if (shape[d + 2] < SmallestSize(d))
                throw new ArgumentException(
                    $"The input has shape {Shapes.Describe(shape)}, too small for {Geometry.Describe()}: axis {d + 2} has {shape[d + 2]} values "
                    + $"to pad with; expected at least {SmallestSize(d)}.", "input");
            if (OutputSize(d, shape[d + 2]) < 1)
                throw new ArgumentException(
                    $"The input has shape {Shapes.Describe(shape)}, too small for {Geometry.Describe()}: no output along axis {d + 2}; "
                    + "expected a larger input or more padding.", "input");
        }
    }

    // In double precision if the native library's single precision would be wrong.
    private Tensor Convolve(Tensor input, Tensor weight, Tensor? bias, long groups) =>
        IsTransposed(input) && NativeConvolutions.AreFaulty(input)
            ? ConvolveNatively(input.to(ScalarType.Float64), weight.to(ScalarType.Float64), bias?.to(ScalarType.Float64), groups).to(input.dtype)
            : ConvolveNatively(input, weight, bias, groups);

    private long WeightCount => WeightShape.Aggregate(1L, (product, size) => product * size);

    private long OutputElements(Tensor input, long draws) => draws * input.shape[1] * OutputChannels * PlacesOfOutput(input);

    private long PlacesOfOutput(Tensor input)
    {
        long count = 1;
        for (int d = 0; d < Geometry.Dimensions; d++)
            count *= OutputSize(d, input.shape[d + 3]);
        return count;
    }

    // For one input shared by all draws: their outputs are channels of one wide convolution, in the order (group, draw, channel of the group).
    private Tensor SideBySide(Tensor input, Tensor weights, Tensor? biases)
    {
        long draws = weights.shape[0], channels = OutputChannels / Groups;
        var wide = OutputAxisOfWeight == 0
            ? weights.unflatten(1, Groups, channels).transpose(0, 1).flatten(0, 2)
            : weights.transpose(0, 1).flatten(1, 2);
        var bias = biases?.unflatten(1, Groups, channels).transpose(0, 1).flatten();
        return Convolve(input.squeeze(0), wide, bias, Groups).unflatten(1, Groups, draws, channels).movedim([2], [0]).flatten(2, 3);
    }

    // Unbind rather than index: the gradient of each index operation would fill zeros for all other draws.
    private Tensor OneByOne(Tensor input, Tensor weights, Tensor? biases)
    {
        Tensor[] inputs = input.unbind(0), each = weights.unbind(0);
        var bias = biases?.unbind(0);
        return stack(each.Select((weight, s) => Convolve(inputs[inputs.Length == 1 ? 0 : s], weight, bias?[s], Groups)), 0);
    }

    // One call computes all draws, as separate groups of channels; or all rows, if they take the place of the draws.
    private Tensor AsGroups(Tensor input, Tensor weights, Tensor? biases)
    {
        long draws = weights.shape[0];
        var output = Convolve(input.transpose(0, 1).flatten(1, 2), weights.flatten(0, 1), biases?.flatten(), draws * Groups);
        return output.unflatten(1, draws, OutputChannels).transpose(0, 1);
    }
}
