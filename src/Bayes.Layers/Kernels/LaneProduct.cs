using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Bayes.Layers.Kernels;

/// <summary>Products of matrices whose rows lie side by side in registers: a register holds one feature of several rows.</summary>
internal static class LaneProduct<TLanes> where TLanes : struct, ILanes<TLanes>
{
    // Measured best on a processor with a first-level cache of 32 KiB and registers of 256 bits, and on one with 48 KiB and 512 bits.
    private static readonly int FeaturesAtATime = TLanes.Count >= 16 ? 128 : 64;

    /// <summary>Puts features before rows; lanes beyond the last row become 0.</summary>
    /// <param name="input"><c>[rows, features]</c>.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="transposed">Receives <c>[features, vectors]</c>.</param>
    /// <param name="vectors">The number of vectors that hold the rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(ReadOnlySpan<float> input, int features, int rows, Span<TLanes> transposed, int vectors)
    {
        for (int feature = 0; feature < features; feature++)
        {
            var to = MemoryMarshal.Cast<TLanes, float>(transposed.Slice(feature * vectors, vectors));
            for (int row = 0, from = feature; row < rows; row++, from += features)
                to[row] = input[from];
            to[rows..].Clear();
        }
    }

    /// <summary>Computes W x + b, or adds W x.</summary>
    /// <param name="input">x, <c>[inputs, vectors]</c>.</param>
    /// <param name="weight">W, <c>[outputs, inputs]</c>.</param>
    /// <param name="bias">b, <c>[outputs]</c>; empty if there is none.</param>
    /// <param name="output">Receives <c>[outputs, vectors]</c>.</param>
    /// <param name="inputs">The number of inputs.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <param name="vectors">The number of vectors of rows.</param>
    /// <param name="isAdded">Whether to add W x to the output, without b.</param>
    // Computes four outputs for three vectors of rows at a time: twelve sums, three inputs and a weight fill the sixteen registers of a processor
    // with 256 bits, and its two adders never wait. If that would leave one vector, takes two and two: eight sums still hide the latency of one. A
    // wide input is split into blocks of features, whose values stay in the first-level cache for all outputs.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        ReadOnlySpan<TLanes> input, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<TLanes> output, int inputs, int outputs, int vectors,
        bool isAdded = false)
    {
        for (int from = 0; from < inputs; from += FeaturesAtATime)
        {
            int count = Math.Min(FeaturesAtATime, inputs - from);
            bool isContinued = isAdded || from > 0;
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
                    if (isContinued)
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
                    if (isContinued)
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
                    if (isContinued)
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
                    var sum = isContinued ? y[v] : start;
                    for (int i = 0, at = from * vectors + v; i < w.Length; i++, at += vectors)
                        sum = TLanes.MultiplyAdd(TLanes.Create(w[i]), input[at], sum);
                    y[v] = sum;
                }
            }
        }
    }

    private static TLanes BiasOf(ReadOnlySpan<float> bias, int output) => TLanes.Create(bias.IsEmpty ? 0 : bias[output]);
}
