using System.Runtime.CompilerServices;
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

    // Measured best on a processor with a first-level cache of 32 KiB and registers of 256 bits, and on one with 48 KiB and 512 bits.
    private static readonly int FeaturesAtATime = TLanes.Count >= 16 ? 128 : 64;

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
            Transpose(input.Slice(row * _inputSize, count * _inputSize), count, before, vectors);
            for (int draw = 0; draw < draws; draw++)
            {
                var last = PassThrough(_steps, before, here, there, weights, draw, vectors);
                for (int feature = 0; feature < _outputSize; feature++)
                    MemoryMarshal.Cast<TLanes, float>(last.Slice(feature * vectors, vectors))[..count]
                        .CopyTo(output.Slice((draw * _outputSize + feature) * rows + row, count));
            }
        }
    }

    // Puts features before rows; lanes beyond the last row become 0.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transpose(ReadOnlySpan<float> input, int rows, Span<TLanes> transposed, int vectors)
    {
        for (int feature = 0; feature < _inputSize; feature++)
        {
            var to = MemoryMarshal.Cast<TLanes, float>(transposed.Slice(feature * vectors, vectors));
            for (int row = 0, from = feature; row < rows; row++, from += _inputSize)
                to[row] = input[from];
            to[rows..].Clear();
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
            Multiply(values, weights.Weight(step.Layer, draw), weights.Bias(step.Layer, draw), room, step.InputSize, step.OutputSize, vectors);
            values = room;
            room = other;
            other = values;
        }
        return values;
    }

    // Computes four outputs for three vectors of rows at a time: twelve sums, three inputs and a weight fill the sixteen registers of a processor
    // with 256 bits, and its two adders never wait. If that would leave one vector, takes two and two: eight sums still hide the latency of one. A
    // wide input is split into blocks of features, whose values stay in the first-level cache for all outputs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(
        ReadOnlySpan<TLanes> input, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<TLanes> output, int inputs, int outputs, int vectors)
    {
        for (int from = 0; from < inputs; from += FeaturesAtATime)
        {
            int count = Math.Min(FeaturesAtATime, inputs - from);
            int o = 0;
            for (; o <= outputs - 4; o += 4)
            {
                ReadOnlySpan<float> w0 = weight.Slice(o * inputs + from, count), w1 = weight.Slice((o + 1) * inputs + from, count);
                ReadOnlySpan<float> w2 = weight.Slice((o + 2) * inputs + from, count), w3 = weight.Slice((o + 3) * inputs + from, count);
                Span<TLanes> y0 = output.Slice(o * vectors, vectors), y1 = output.Slice((o + 1) * vectors, vectors);
                Span<TLanes> y2 = output.Slice((o + 2) * vectors, vectors), y3 = output.Slice((o + 3) * vectors, vectors);
                TLanes b0 = BiasOf(bias, o), b1 = BiasOf(bias, o + 1), b2 = BiasOf(bias, o + 2), b3 = BiasOf(bias, o + 3);
                int v = 0;
                for (; vectors - v is 3 or > 4; v += 3)
                {
                    TLanes s00 = b0, s01 = b0, s02 = b0, s10 = b1, s11 = b1, s12 = b1;
                    TLanes s20 = b2, s21 = b2, s22 = b2, s30 = b3, s31 = b3, s32 = b3;
                    if (from > 0)
                    {
                        (s00, s10, s20, s30) = (y0[v], y1[v], y2[v], y3[v]);
                        (s01, s11, s21, s31) = (y0[v + 1], y1[v + 1], y2[v + 1], y3[v + 1]);
                        (s02, s12, s22, s32) = (y0[v + 2], y1[v + 2], y2[v + 2], y3[v + 2]);
                    }
                    for (int i = 0, at = from * vectors + v; i < w0.Length; i++, at += vectors)
                    {
                        var x = input.Slice(at, 3);
                        TLanes x0 = x[0], x1 = x[1], x2 = x[2], w = TLanes.Create(w0[i]);
                        s00 = TLanes.MultiplyAdd(w, x0, s00);
                        s01 = TLanes.MultiplyAdd(w, x1, s01);
                        s02 = TLanes.MultiplyAdd(w, x2, s02);
                        w = TLanes.Create(w1[i]);
                        s10 = TLanes.MultiplyAdd(w, x0, s10);
                        s11 = TLanes.MultiplyAdd(w, x1, s11);
                        s12 = TLanes.MultiplyAdd(w, x2, s12);
                        w = TLanes.Create(w2[i]);
                        s20 = TLanes.MultiplyAdd(w, x0, s20);
                        s21 = TLanes.MultiplyAdd(w, x1, s21);
                        s22 = TLanes.MultiplyAdd(w, x2, s22);
                        w = TLanes.Create(w3[i]);
                        s30 = TLanes.MultiplyAdd(w, x0, s30);
                        s31 = TLanes.MultiplyAdd(w, x1, s31);
                        s32 = TLanes.MultiplyAdd(w, x2, s32);
                    }
                    (y0[v], y1[v], y2[v], y3[v]) = (s00, s10, s20, s30);
                    (y0[v + 1], y1[v + 1], y2[v + 1], y3[v + 1]) = (s01, s11, s21, s31);
                    (y0[v + 2], y1[v + 2], y2[v + 2], y3[v + 2]) = (s02, s12, s22, s32);
                }
                for (; v <= vectors - 2; v += 2)
                {
                    TLanes s00 = b0, s01 = b0, s10 = b1, s11 = b1, s20 = b2, s21 = b2, s30 = b3, s31 = b3;
                    if (from > 0)
                    {
                        (s00, s10, s20, s30) = (y0[v], y1[v], y2[v], y3[v]);
                        (s01, s11, s21, s31) = (y0[v + 1], y1[v + 1], y2[v + 1], y3[v + 1]);
                    }
                    for (int i = 0, at = from * vectors + v; i < w0.Length; i++, at += vectors)
                    {
                        var x = input.Slice(at, 2);
                        TLanes x0 = x[0], x1 = x[1], w = TLanes.Create(w0[i]);
                        s00 = TLanes.MultiplyAdd(w, x0, s00);
                        s01 = TLanes.MultiplyAdd(w, x1, s01);
                        w = TLanes.Create(w1[i]);
                        s10 = TLanes.MultiplyAdd(w, x0, s10);
                        s11 = TLanes.MultiplyAdd(w, x1, s11);
                        w = TLanes.Create(w2[i]);
                        s20 = TLanes.MultiplyAdd(w, x0, s20);
                        s21 = TLanes.MultiplyAdd(w, x1, s21);
                        w = TLanes.Create(w3[i]);
                        s30 = TLanes.MultiplyAdd(w, x0, s30);
                        s31 = TLanes.MultiplyAdd(w, x1, s31);
                    }
                    (y0[v], y1[v], y2[v], y3[v]) = (s00, s10, s20, s30);
                    (y0[v + 1], y1[v + 1], y2[v + 1], y3[v + 1]) = (s01, s11, s21, s31);
                }
                if (v < vectors)
                {
                    TLanes s0 = b0, s1 = b1, s2 = b2, s3 = b3;
                    if (from > 0)
                        (s0, s1, s2, s3) = (y0[v], y1[v], y2[v], y3[v]);
                    for (int i = 0, at = from * vectors + v; i < w0.Length; i++, at += vectors)
                    {
                        var x = input[at];
                        s0 = TLanes.MultiplyAdd(TLanes.Create(w0[i]), x, s0);
                        s1 = TLanes.MultiplyAdd(TLanes.Create(w1[i]), x, s1);
                        s2 = TLanes.MultiplyAdd(TLanes.Create(w2[i]), x, s2);
                        s3 = TLanes.MultiplyAdd(TLanes.Create(w3[i]), x, s3);
                    }
                    (y0[v], y1[v], y2[v], y3[v]) = (s0, s1, s2, s3);
                }
            }
            for (; o < outputs; o++)
            {
                var w = weight.Slice(o * inputs + from, count);
                var y = output.Slice(o * vectors, vectors);
                var start = BiasOf(bias, o);
                for (int v = 0; v < y.Length; v++)
                {
                    var sum = from == 0 ? start : y[v];
                    for (int i = 0, at = from * vectors + v; i < w.Length; i++, at += vectors)
                        sum = TLanes.MultiplyAdd(TLanes.Create(w[i]), input[at], sum);
                    y[v] = sum;
                }
            }
        }
    }

    private static TLanes BiasOf(ReadOnlySpan<float> bias, int output) => TLanes.Create(bias.IsEmpty ? 0 : bias[output]);

    private readonly record struct Step(int Layer, int InputSize, int OutputSize, LaneLoop<TLanes>? Function);
}
