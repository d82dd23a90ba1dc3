using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Bayes.Layers.Kernels;

/// <summary>
/// Passes all rows of a data set through a small fully connected network and back, in double precision, with the weights as one flat vector. A
/// register holds one feature of several rows.
/// </summary>
/// <remarks>Not safe for several threads: each takes one of its own. The input is shared.</remarks>
internal sealed class DenseGradient
{
    private readonly Step[] _steps;
    private readonly Vector<double>[] _input;
    private readonly int _vectors;
    private Vector<double>[] _gradient;
    private Vector<double>[] _otherGradient;

    /// <summary>Creates a network.</summary>
    /// <param name="steps">The layers and functions in order.</param>
    /// <param name="input">The rows, from <see cref="Transpose"/>.</param>
    /// <param name="rows">The number of rows.</param>
    public DenseGradient(IReadOnlyList<Step> steps, Vector<double>[] input, int rows)
    {
        (_steps, _input, Rows) = ([.. steps], input, rows);
        _vectors = VectorsOf(rows);
        int width = input.Length / _vectors, widest = width;
        foreach (var step in _steps)
        {
            width = step.OutputSize > 0 ? step.OutputSize : width;
            widest = Math.Max(widest, width);
            step.Width = width;
            step.Values = new Vector<double>[width * _vectors];
        }
        OutputSize = width;
        _gradient = new Vector<double>[widest * _vectors];
        _otherGradient = new Vector<double>[widest * _vectors];
    }

    /// <summary>Gets the number of rows.</summary>
    public int Rows { get; }

    /// <summary>Gets the number of features of the output.</summary>
    public int OutputSize { get; }

    /// <summary>Returns rows <c>[rows, features]</c> with features before rows; rows that fill up a vector are 0.</summary>
    public static Vector<double>[] Transpose(ReadOnlySpan<double> values, int rows)
    {
        int features = values.Length / rows, vectors = VectorsOf(rows);
        var transposed = new Vector<double>[features * vectors];
        var numbers = MemoryMarshal.Cast<Vector<double>, double>(transposed.AsSpan());
        for (int row = 0; row < rows; row++)
            for (int feature = 0; feature < features; feature++)
                numbers[feature * vectors * Vector<double>.Count + row] = values[row * features + feature];
        return transposed;
    }

    /// <summary>Passes the rows through the network.</summary>
    /// <param name="weights">The flat weights.</param>
    /// <param name="output">Receives the result, <c>[rows, out]</c>.</param>
    public void Forward(ReadOnlySpan<double> weights, Span<double> output)
    {
        ReadOnlySpan<Vector<double>> values = _input.AsSpan();
        foreach (var step in _steps)
        {
            if (step.Function is { } function)
                function.Apply(values, step.Values);
            else
                Multiply(
                    values, weights.Slice(step.WeightOffset, step.InputSize * step.OutputSize),
                    step.BiasOffset < 0 ? [] : weights.Slice(step.BiasOffset, step.OutputSize), step.Values, _vectors);
            values = step.Values;
        }
        var numbers = MemoryMarshal.Cast<Vector<double>, double>(values);
        int stride = _vectors * Vector<double>.Count;
        for (int feature = 0; feature < OutputSize; feature++)
            for (int row = 0, to = feature; row < Rows; row++, to += OutputSize)
                output[to] = numbers[feature * stride + row];
    }

    /// <summary>Adds the gradient of the weights of the last <see cref="Forward"/>.</summary>
    /// <param name="weights">The same flat weights.</param>
    /// <param name="outputGradient">The gradient of the output, <c>[rows, out]</c>.</param>
    /// <param name="gradient">The flat gradient.</param>
    public void Backward(ReadOnlySpan<double> weights, ReadOnlySpan<double> outputGradient, Span<double> gradient)
    {
        int stride = _vectors * Vector<double>.Count;
        var numbers = MemoryMarshal.Cast<Vector<double>, double>(_gradient.AsSpan(0, OutputSize * _vectors));
        for (int feature = 0; feature < OutputSize; feature++)
        {
            for (int row = 0, from = feature; row < Rows; row++, from += OutputSize)
                numbers[feature * stride + row] = outputGradient[from];
            // Rows that fill up a vector have no gradient.
            numbers[(feature * stride + Rows)..((feature + 1) * stride)].Clear();
        }
        for (int i = _steps.Length - 1; i >= 0; i--)
        {
            var step = _steps[i];
            var slopes = _gradient.AsSpan(0, step.Width * _vectors);
            var values = i == 0 ? _input : _steps[i - 1].Values;
            if (step.Function is { } function)
            {
                function.MultiplySlope(values, step.Values, slopes);
                continue;
            }
            AddProducts(
                values, slopes, gradient.Slice(step.WeightOffset, step.InputSize * step.OutputSize),
                step.BiasOffset < 0 ? [] : gradient.Slice(step.BiasOffset, step.OutputSize), _vectors);
            // The gradient of the network's input is not needed.
            if (i == 0)
                return;
            MultiplyTransposed(
                slopes, weights.Slice(step.WeightOffset, step.InputSize * step.OutputSize), _otherGradient.AsSpan(0, step.InputSize * _vectors),
                _vectors);
            (_gradient, _otherGradient) = (_otherGradient, _gradient);
        }
    }

    private static int VectorsOf(int rows) => (rows + Vector<double>.Count - 1) / Vector<double>.Count;

    // Four vectors of rows at a time, whose sums stay in registers.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(
        ReadOnlySpan<Vector<double>> input, ReadOnlySpan<double> weight, ReadOnlySpan<double> bias, Span<Vector<double>> output, int vectors)
    {
        int inputs = input.Length / vectors, outputs = output.Length / vectors;
        for (int o = 0; o < outputs; o++)
        {
            var w = weight.Slice(o * inputs, inputs);
            var y = output.Slice(o * vectors, vectors);
            var start = new Vector<double>(bias.IsEmpty ? 0 : bias[o]);
            int v = 0;
            for (; v <= vectors - 4; v += 4)
            {
                Vector<double> s0 = start, s1 = start, s2 = start, s3 = start;
                for (int i = 0, at = v; i < w.Length; i++, at += vectors)
                {
                    var x = input.Slice(at, 4);
                    var factor = new Vector<double>(w[i]);
                    s0 = Vector.MultiplyAddEstimate(factor, x[0], s0);
                    s1 = Vector.MultiplyAddEstimate(factor, x[1], s1);
                    s2 = Vector.MultiplyAddEstimate(factor, x[2], s2);
                    s3 = Vector.MultiplyAddEstimate(factor, x[3], s3);
                }
                (y[v], y[v + 1], y[v + 2], y[v + 3]) = (s0, s1, s2, s3);
            }
            for (; v < vectors; v++)
            {
                var sum = start;
                for (int i = 0, at = v; i < w.Length; i++, at += vectors)
                    sum = Vector.MultiplyAddEstimate(new Vector<double>(w[i]), input[at], sum);
                y[v] = sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyTransposed(
        ReadOnlySpan<Vector<double>> slopes, ReadOnlySpan<double> weight, Span<Vector<double>> inputGradient, int vectors)
    {
        int inputs = inputGradient.Length / vectors, outputs = slopes.Length / vectors;
        for (int i = 0; i < inputs; i++)
        {
            var x = inputGradient.Slice(i * vectors, vectors);
            int v = 0;
            for (; v <= vectors - 4; v += 4)
            {
                Vector<double> s0 = default, s1 = default, s2 = default, s3 = default;
                for (int o = 0, at = v, w = i; o < outputs; o++, at += vectors, w += inputs)
                {
                    var g = slopes.Slice(at, 4);
                    var factor = new Vector<double>(weight[w]);
                    s0 = Vector.MultiplyAddEstimate(factor, g[0], s0);
                    s1 = Vector.MultiplyAddEstimate(factor, g[1], s1);
                    s2 = Vector.MultiplyAddEstimate(factor, g[2], s2);
                    s3 = Vector.MultiplyAddEstimate(factor, g[3], s3);
                }
                (x[v], x[v + 1], x[v + 2], x[v + 3]) = (s0, s1, s2, s3);
            }
            for (; v < vectors; v++)
            {
                Vector<double> sum = default;
                for (int o = 0, at = v, w = i; o < outputs; o++, at += vectors, w += inputs)
                    sum = Vector.MultiplyAddEstimate(new Vector<double>(weight[w]), slopes[at], sum);
                x[v] = sum;
            }
        }
    }

    // The gradients of W and b: four inputs share a load of the output's gradient.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddProducts(
        ReadOnlySpan<Vector<double>> input, ReadOnlySpan<Vector<double>> slopes, Span<double> weightGradient, Span<double> biasGradient, int vectors)
    {
        int inputs = input.Length / vectors, outputs = slopes.Length / vectors;
        for (int o = 0; o < outputs; o++)
        {
            var g = slopes.Slice(o * vectors, vectors);
            var to = weightGradient.Slice(o * inputs, inputs);
            int i = 0;
            for (; i <= inputs - 4; i += 4)
            {
                ReadOnlySpan<Vector<double>> x0 = input.Slice(i * vectors, g.Length), x1 = input.Slice((i + 1) * vectors, g.Length);
                ReadOnlySpan<Vector<double>> x2 = input.Slice((i + 2) * vectors, g.Length), x3 = input.Slice((i + 3) * vectors, g.Length);
                Vector<double> s0 = default, s1 = default, s2 = default, s3 = default;
                for (int v = 0; v < g.Length; v++)
                {
                    var slope = g[v];
                    s0 = Vector.MultiplyAddEstimate(slope, x0[v], s0);
                    s1 = Vector.MultiplyAddEstimate(slope, x1[v], s1);
                    s2 = Vector.MultiplyAddEstimate(slope, x2[v], s2);
                    s3 = Vector.MultiplyAddEstimate(slope, x3[v], s3);
                }
                to[i] += Vector.Sum(s0);
                to[i + 1] += Vector.Sum(s1);
                to[i + 2] += Vector.Sum(s2);
                to[i + 3] += Vector.Sum(s3);
            }
            for (; i < inputs; i++)
            {
                var x = input.Slice(i * vectors, g.Length);
                Vector<double> sum = default;
                for (int v = 0; v < g.Length; v++)
                    sum = Vector.MultiplyAddEstimate(g[v], x[v], sum);
                to[i] += Vector.Sum(sum);
            }
            if (biasGradient.IsEmpty)
                continue;
            Vector<double> total = default;
            foreach (var slope in g)
                total += slope;
            biasGradient[o] += Vector.Sum(total);
        }
    }

    /// <summary>A layer whose weights are parts of the flat vector, or a function of every element.</summary>
    public sealed class Step
    {
        private Step()
        {
        }

        /// <summary>Gets the features in; 0 for a function.</summary>
        public int InputSize { get; private init; }

        /// <summary>Gets the features out; 0 for a function.</summary>
        public int OutputSize { get; private init; }

        /// <summary>Gets where W begins.</summary>
        public int WeightOffset { get; private init; }

        /// <summary>Gets where b begins; −1 without a bias.</summary>
        public int BiasOffset { get; private init; }

        /// <summary>Gets the function; null for a layer.</summary>
        public SlopeLoop? Function { get; private init; }

        /// <summary>Gets or sets the features of the output.</summary>
        internal int Width { get; set; }

        /// <summary>Gets or sets the output, features before rows.</summary>
        internal Vector<double>[] Values { get; set; } = [];

        /// <summary>Returns x Wᵀ + b.</summary>
        public static Step Layer(int inputSize, int outputSize, int weightOffset, int? biasOffset) =>
            new() { InputSize = inputSize, OutputSize = outputSize, WeightOffset = weightOffset, BiasOffset = biasOffset ?? -1 };

        /// <summary>Returns a function of every element.</summary>
        public static Step Elementwise(SlopeLoop function) => new() { Function = function };
    }
}
