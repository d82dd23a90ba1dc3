using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Bayes.Layers.Kernels;

/// <summary>Passes of rows through fully connected layers with drawn weights, for registers of some width.</summary>
internal abstract class DenseKernel
{
    /// <summary>Returns the kernel for the widest registers of this processor.</summary>
    /// <param name="steps">The steps; the first is a drawn layer.</param>
    public static DenseKernel Of(IReadOnlyList<DenseStep> steps) =>
        Vector512.IsHardwareAccelerated ? new DenseKernel<Lanes512>(steps)
        : Vector256.IsHardwareAccelerated ? new DenseKernel<Lanes256>(steps)
        : new DenseKernel<Lanes128>(steps);

    /// <summary>Gets the number of floats of working memory that <see cref="Pass"/> needs.</summary>
    public abstract int RoomLength { get; }

    /// <summary>Passes rows through draws.</summary>
    /// <param name="input"><c>[rows, in]</c>.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="draws">The number of draws.</param>
    /// <param name="room">Working memory, <see cref="RoomLength"/> floats.</param>
    /// <param name="output">Receives the result, <c>[draws, out, rows]</c>.</param>
    public abstract void Pass(ReadOnlySpan<float> input, int rows, DenseWeights weights, int draws, Span<float> room, Span<float> output);
}

/// <summary>The passes for registers of one width.</summary>
/// <remarks>
/// A register holds one feature of several rows, so a layer of any width needs no padding. A tile of rows passes through
/// all draws while its values stay in the first-level cache.
/// </remarks>
internal sealed class DenseKernel<TLanes> : DenseKernel where TLanes : struct, ILanes<TLanes>
{
    // A layer's input and output for one tile fit into a first-level cache, together with weights.
    private const int TileBytes = 24 << 10;

    // Nine vectors of 256 bits, or four of 512.
    private const int FewestRows = 72;
    private const int MostRows = 256;

    private readonly Step[] _steps;
    private readonly int _inputSize;
    private readonly int _outputSize;
    private readonly int _widest;
    private readonly int _tileVectors;

    public DenseKernel(IReadOnlyList<DenseStep> steps)
    {
        var layers = steps.OfType<DenseStep.Layer>().ToList();
        _inputSize = layers[0].InputSize;
        _outputSize = layers[^1].OutputSize;
        _widest = layers.Max(layer => Math.Max(layer.InputSize, layer.OutputSize));
        _tileVectors = Math.Clamp(TileBytes / (2 * sizeof(float) * _widest), FewestRows, MostRows) / TLanes.Count;

        int width = _inputSize, index = 0;
        _steps = [.. steps.Select(step => step switch
        {
            DenseStep.Layer layer => new Step(index++, layer.InputSize, width = layer.OutputSize, null),
            _ => new Step(-1, width, width, ((DenseStep.Elementwise)step).Function.For<TLanes>()),
        })];
    }

    /// <inheritdoc/>
    public override int RoomLength => 3 * _widest * _tileVectors * TLanes.Count;

    /// <inheritdoc/>
    public override void Pass(ReadOnlySpan<float> input, int rows, DenseWeights weights, int draws, Span<float> room, Span<float> output)
    {
        var lanes = MemoryMarshal.Cast<float, TLanes>(room);
        int part = _widest * _tileVectors, tileRows = _tileVectors * TLanes.Count;
        Span<TLanes> before = lanes[..part], here = lanes.Slice(part, part), there = lanes.Slice(2 * part, part);
        for (int row = 0; row < rows; row += tileRows)
        {
            int count = Math.Min(tileRows, rows - row), vectors = (count + TLanes.Count - 1) / TLanes.Count;
            LaneProduct<TLanes>.Transpose(input.Slice(row * _inputSize, count * _inputSize), _inputSize, count, before, vectors);
            for (int draw = 0; draw < draws; draw++)
            {
                var last = PassThrough(_steps, before, here, there, weights, draw, vectors);
                for (int feature = 0; feature < _outputSize; feature++)
                    MemoryMarshal.Cast<TLanes, float>(last.Slice(feature * vectors, vectors))[..count]
                        .CopyTo(output.Slice((draw * _outputSize + feature) * rows + row, count));
            }
        }
    }

    // A layer writes to the buffer that does not hold its input; a function works in place.
    private static Span<TLanes> PassThrough(
        Step[] steps, Span<TLanes> values, Span<TLanes> room, Span<TLanes> other, DenseWeights weights, int draw, int vectors)
    {
        foreach (var step in steps)
        {
            if (step.Function is { } function)
            {
                function.Apply(values[..(step.OutputSize * vectors)]);
                continue;
            }
            LaneProduct<TLanes>.Multiply(
                values, weights.Weight(step.Layer, draw), weights.Bias(step.Layer, draw), room, step.InputSize, step.OutputSize, vectors);
            values = room;
            room = other;
            other = values;
        }
        return values;
    }

    private readonly record struct Step(int Layer, int InputSize, int OutputSize, LaneLoop<TLanes>? Function);
}
