using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>x Wᵀ + b for few rows and features, forward and backward.</summary>
/// <param name="inputSize">Features in.</param>
/// <param name="outputSize">Features out.</param>
internal readonly struct LinearLoop<T>(int inputSize, int outputSize) where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Computes x Wᵀ + b.</summary>
    /// <param name="input">x, <c>[rows, in]</c>.</param>
    /// <param name="weight">W, <c>[out, in]</c>.</param>
    /// <param name="bias">b, <c>[out]</c>; empty if there is no bias.</param>
    /// <param name="output">Receives the result, <c>[rows, out]</c>.</param>
    public void Forward(ReadOnlySpan<T> input, ReadOnlySpan<T> weight, ReadOnlySpan<T> bias, Span<T> output)
    {
        for (int x = 0, y = 0; y < output.Length; x += inputSize)
        {
            var row = input.Slice(x, inputSize);
            for (int o = 0; o < outputSize; o++, y++)
            {
                T product = Vectors.Product(row, weight.Slice(o * inputSize, inputSize));
                output[y] = bias.IsEmpty ? product : product + bias[o];
            }
        }
    }

    /// <summary>Adds to the gradients of W and b, and computes the gradient of x.</summary>
    /// <param name="input">x, <c>[rows, in]</c>.</param>
    /// <param name="weight">W, <c>[out, in]</c>.</param>
    /// <param name="outputGradient">The gradient of the output, <c>[rows, out]</c>.</param>
    /// <param name="weightGradient">The gradient of W, <c>[out, in]</c>.</param>
    /// <param name="biasGradient">The gradient of b, <c>[out]</c>; empty if there is no bias.</param>
    /// <param name="inputGradient">Receives the gradient of x, <c>[rows, in]</c>; empty if it is not needed.</param>
    public void Backward(
        ReadOnlySpan<T> input, ReadOnlySpan<T> weight, ReadOnlySpan<T> outputGradient,
        Span<T> weightGradient, Span<T> biasGradient, Span<T> inputGradient)
    {
        inputGradient.Clear();
        for (int x = 0, y = 0; y < outputGradient.Length; x += inputSize)
        {
            var row = input.Slice(x, inputSize);
            for (int o = 0; o < outputSize; o++, y++)
            {
                T slope = outputGradient[y];
                Vectors.AddScaled(row, slope, weightGradient.Slice(o * inputSize, inputSize));
                if (!inputGradient.IsEmpty)
                    Vectors.AddScaled(weight.Slice(o * inputSize, inputSize), slope, inputGradient.Slice(x, inputSize));
                if (!biasGradient.IsEmpty)
                    biasGradient[o] += slope;
            }
        }
    }
}
