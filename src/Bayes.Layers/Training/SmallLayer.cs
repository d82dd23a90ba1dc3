using System.Numerics;
using Bayes.Layers.Numerics;
using Bayes.Layers.Prediction;

namespace Bayes.Layers.Training;

/// <summary>A <see cref="BayesianLinear"/> in a <see cref="SmallNetwork{T}"/>: x Wᵀ + b, and backwards.</summary>
internal sealed class SmallLayer<T>(int inputSize, int outputSize, PosteriorSlice weight, PosteriorSlice? bias) where T : unmanaged, IFloatingPointIeee754<T>
{
    private NumberDraw<T>? _weights;
    private NumberDraw<T>? _biases;
    private Numbers<T> _weightGradients;
    private Numbers<T> _biasGradients;

    /// <summary>Features out.</summary>
    public int OutputSize => outputSize;

    /// <summary>Products of one row.</summary>
    public long Products => (long)inputSize * outputSize;

    /// <summary>Draws weights for a pass: first W, then b, as the plain path does.</summary>
    public void Draw(NumberArithmetic<T> arithmetic, int samples, NoiseSource noise)
    {
        _weights = arithmetic.DrawNumbers(weight, samples, noise);
        _weightGradients = _weights.OwnGradient();
        if (bias is null)
            return;
        _biases = arithmetic.DrawNumbers(bias, samples, noise);
        _biasGradients = _biases.OwnGradient();
    }

    /// <summary>Forwards through one of the draws: <c>[rows, in]</c> to <c>[rows, out]</c>.</summary>
    public void Forward(int sample, ReadOnlySpan<T> input, Span<T> output)
    {
        ReadOnlySpan<T> weights = WeightsOf(sample), biases = BiasesOf(sample);
        for (int x = 0, y = 0; y < output.Length; x += inputSize)
        {
            var row = input.Slice(x, inputSize);
            for (int o = 0; o < outputSize; o++, y++)
            {
                T product = Product(row, weights.Slice(o * inputSize, inputSize));
                output[y] = biases.IsEmpty ? product : product + biases[o];
            }
        }
    }

    /// <summary>Backwards: adds to the gradients in W and b.</summary>
    /// <param name="sample">Which of the draws.</param>
    /// <param name="input">What was forwarded, <c>[rows, in]</c>.</param>
    /// <param name="outputGradient">The gradient in the output, <c>[rows, out]</c>.</param>
    /// <param name="inputGradient">What the gradient in the input is written to, <c>[rows, in]</c>; empty where nobody wants it.</param>
    public void Backward(int sample, ReadOnlySpan<T> input, ReadOnlySpan<T> outputGradient, Span<T> inputGradient)
    {
        int length = inputSize * outputSize;
        var weights = WeightsOf(sample);
        var weightGradients = _weightGradients.Slice(sample * length, length);
        var biasGradients = bias is null ? [] : _biasGradients.Slice(sample * outputSize, outputSize);
        inputGradient.Clear();
        for (int x = 0, y = 0; y < outputGradient.Length; x += inputSize)
        {
            var row = input.Slice(x, inputSize);
            for (int o = 0; o < outputSize; o++, y++)
            {
                T slope = outputGradient[y];
                AddProduct(weightGradients.Slice(o * inputSize, inputSize), row, slope);
                if (!inputGradient.IsEmpty)
                    AddProduct(inputGradient.Slice(x, inputSize), weights.Slice(o * inputSize, inputSize), slope);
                if (!biasGradients.IsEmpty)
                    biasGradients[o] += slope;
            }
        }
    }

    private Span<T> WeightsOf(int sample) => _weights!.Weights.Slice(sample * inputSize * outputSize, inputSize * outputSize);

    private Span<T> BiasesOf(int sample) => _biases is null ? [] : _biases.Weights.Slice(sample * outputSize, outputSize);

    private static T Product(ReadOnlySpan<T> left, ReadOnlySpan<T> right)
    {
        ReadOnlySpan<Vector<T>> lefts = Vectors.Of(left), rights = Vectors.Of(right);
        T product = T.Zero;
        if (!lefts.IsEmpty)
        {
            Vector<T> sum = default;
            for (int i = 0; i < lefts.Length; i++)
                sum += lefts[i] * rights[i];
            product = Vector.Sum(sum);
        }
        for (int i = lefts.Length * Vector<T>.Count; i < left.Length; i++)
            product += left[i] * right[i];
        return product;
    }

    private static void AddProduct(Span<T> sum, ReadOnlySpan<T> values, T factor)
    {
        var sums = Vectors.Of(sum);
        var vectors = Vectors.Of(values);
        for (int i = 0; i < sums.Length; i++)
            sums[i] += vectors[i] * factor;
        for (int i = sums.Length * Vector<T>.Count; i < sum.Length; i++)
            sum[i] += values[i] * factor;
    }
}
