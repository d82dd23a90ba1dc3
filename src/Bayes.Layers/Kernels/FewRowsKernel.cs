using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Bayes.Layers.Kernels;

/// <summary>
/// Passes of few rows through fully connected layers with drawn weights, for registers of some width. A register holds the same number of several
/// draws, so it is full even for one row, and the weights of those draws stay in a cache while all rows pass (decision 58).
/// </summary>
internal abstract class FewRowsKernel
{
    /// <summary>Returns the kernel for the widest registers of this processor.</summary>
    /// <param name="steps">The steps; the first is a layer.</param>
    public static FewRowsKernel Of(IReadOnlyList<DenseStep> steps) =>
        Vector512.IsHardwareAccelerated ? new FewRowsKernel<Lanes512>(steps)
        : Vector256.IsHardwareAccelerated ? new FewRowsKernel<Lanes256>(steps)
        : new FewRowsKernel<Lanes128>(steps);

    /// <summary>Returns the number of floats that the arranged weights of some draws take.</summary>
    public abstract long LengthOf(int draws);

    /// <summary>Returns the weights in the order in which <see cref="Pass"/> reads them.</summary>
    public abstract float[] Arrange(DenseWeights weights, int draws);

    /// <summary>Passes rows through draws.</summary>
    /// <param name="input"><c>[rows, in]</c>.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="arranged">The weights, from <see cref="Arrange"/>.</param>
    /// <param name="first">The first draw of these weights to pass.</param>
    /// <param name="draws">The number of draws to pass.</param>
    /// <param name="output">Receives the result, <c>[draws, out, rows]</c>.</param>
    public abstract void Pass(ReadOnlySpan<float> input, int rows, float[] arranged, int first, int draws, Span<float> output);
}

/// <summary>The passes for registers of one width.</summary>
/// <remarks>
/// Arranged weights are, for as many draws as a register has lanes, those of each layer: eight outputs at a time, input by input, then the remaining
/// outputs one by one, and then the biases.
/// </remarks>
internal sealed class FewRowsKernel<TLanes> : FewRowsKernel where TLanes : struct, ILanes<TLanes>
{
    // Eight sums hide the latency of a multiplication and addition.
    private const int OutputsAtATime = 8;

    private readonly Step[] _steps;
    private readonly DenseStep.Layer[] _layers;
    private readonly int _inputSize;
    private readonly int _outputSize;
    private readonly int _widest;
    private readonly int _lanesPerBlock;

    public FewRowsKernel(IReadOnlyList<DenseStep> steps)
    {
        _layers = [.. steps.OfType<DenseStep.Layer>()];
        _inputSize = _layers[0].InputSize;
        _outputSize = _layers[^1].OutputSize;
        _widest = _layers.Max(layer => Math.Max(layer.InputSize, layer.OutputSize));
        _lanesPerBlock = _layers.Sum(layer => layer.Length);
        int width = _inputSize;
        _steps = [.. steps.Select(step =>
        {
            var layer = step as DenseStep.Layer;
            width = layer?.OutputSize ?? width;
            return new Step(layer, width, (step as DenseStep.Elementwise)?.Function.For<TLanes>());
        })];
    }

    /// <inheritdoc/>
    public override long LengthOf(int draws) => (long)BlocksOf(draws) * _lanesPerBlock * TLanes.Count;

    /// <inheritdoc/>
    public override float[] Arrange(DenseWeights weights, int draws)
    {
        // Lanes beyond the last draw stay 0.
        float[] arranged = new float[LengthOf(draws)];
        for (int draw = 0; draw < draws; draw++)
        {
            int block = draw / TLanes.Count, at = block * _lanesPerBlock * TLanes.Count + draw % TLanes.Count;
            for (int layer = 0; layer < _layers.Length; layer++)
            {
                Arrange(weights.Weight(layer, draw), _layers[layer], arranged.AsSpan(at));
                at += _layers[layer].WeightLength * TLanes.Count;
                foreach (float bias in weights.Bias(layer, draw))
                {
                    arranged[at] = bias;
                    at += TLanes.Count;
                }
            }
        }
        return arranged;
    }

    /// <inheritdoc/>
    public override void Pass(ReadOnlySpan<float> input, int rows, float[] arranged, int first, int draws, Span<float> output)
    {
        var weights = MemoryMarshal.Cast<float, TLanes>(arranged);
        var room = new TLanes[2 * _widest];
        int last = first + draws;
        for (int block = first / TLanes.Count; block * TLanes.Count < last; block++)
        {
            int from = Math.Max(first, block * TLanes.Count), to = Math.Min(last, (block + 1) * TLanes.Count);
            for (int row = 0; row < rows; row++)
            {
                Span<TLanes> values = room.AsSpan(0, _widest), other = room.AsSpan(_widest);
                for (int i = 0; i < _inputSize; i++)
                    values[i] = TLanes.Create(input[row * _inputSize + i]);
                var result = PassThrough(values, other, weights.Slice(block * _lanesPerBlock, _lanesPerBlock));
                var numbers = MemoryMarshal.Cast<TLanes, float>(result);
                for (int draw = from; draw < to; draw++)
                    for (int feature = 0; feature < _outputSize; feature++)
                        output[((draw - first) * _outputSize + feature) * rows + row] = numbers[feature * TLanes.Count + draw % TLanes.Count];
            }
        }
    }

    private Span<TLanes> PassThrough(Span<TLanes> values, Span<TLanes> other, ReadOnlySpan<TLanes> weights)
    {
        foreach (var (layer, width, function) in _steps)
        {
            if (layer is null)
            {
                function!.Apply(values[..width]);
                continue;
            }
            Multiply(values[..layer.InputSize], weights, weights[layer.WeightLength..layer.Length], other[..width]);
            weights = weights[layer.Length..];
            var before = values;
            values = other;
            other = before;
        }
        return values[.._outputSize];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(ReadOnlySpan<TLanes> input, ReadOnlySpan<TLanes> weight, ReadOnlySpan<TLanes> bias, Span<TLanes> output)
    {
        int o = 0, at = 0;
        for (; o <= output.Length - OutputsAtATime; o += OutputsAtATime)
        {
            var b = bias.IsEmpty ? default : bias.Slice(o, OutputsAtATime);
            TLanes s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
            if (!b.IsEmpty)
                (s0, s1, s2, s3, s4, s5, s6, s7) = (b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]);
            foreach (ref readonly var x in input)
            {
                var w = weight.Slice(at, OutputsAtATime);
                s0 = TLanes.MultiplyAdd(w[0], x, s0);
                s1 = TLanes.MultiplyAdd(w[1], x, s1);
                s2 = TLanes.MultiplyAdd(w[2], x, s2);
                s3 = TLanes.MultiplyAdd(w[3], x, s3);
                s4 = TLanes.MultiplyAdd(w[4], x, s4);
                s5 = TLanes.MultiplyAdd(w[5], x, s5);
                s6 = TLanes.MultiplyAdd(w[6], x, s6);
                s7 = TLanes.MultiplyAdd(w[7], x, s7);
                at += OutputsAtATime;
            }
            var y = output.Slice(o, OutputsAtATime);
            (y[0], y[1], y[2], y[3], y[4], y[5], y[6], y[7]) = (s0, s1, s2, s3, s4, s5, s6, s7);
        }
        for (; o < output.Length; o++, at += input.Length)
        {
            var sum = bias.IsEmpty ? default : bias[o];
            var w = weight.Slice(at, input.Length);
            for (int i = 0; i < w.Length; i++)
                sum = TLanes.MultiplyAdd(w[i], input[i], sum);
            output[o] = sum;
        }
    }

    // Puts the weights of one draw into its lane.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Arrange(ReadOnlySpan<float> weight, DenseStep.Layer layer, Span<float> lane)
    {
        int inputs = layer.InputSize, o = 0, at = 0;
        for (; o <= layer.OutputSize - OutputsAtATime; o += OutputsAtATime)
            for (int i = 0; i < inputs; i++)
                for (int output = 0; output < OutputsAtATime; output++, at += TLanes.Count)
                    lane[at] = weight[(o + output) * inputs + i];
        foreach (float rest in weight[(o * inputs)..])
        {
            lane[at] = rest;
            at += TLanes.Count;
        }
    }

    private static int BlocksOf(int draws) => (draws + TLanes.Count - 1) / TLanes.Count;

    private readonly record struct Step(DenseStep.Layer? Layer, int OutputSize, LaneLoop<TLanes>? Function);
}
