using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;

namespace Bayes.Layers.Training;

/// <summary>
/// A <see cref="BayesianLinear"/> in a <see cref="SmallNetwork{T}"/>: draws W and b, and computes x Wᵀ + b with one draw, forward and backward.
/// </summary>
internal sealed class SmallDrawnLayer<T>(int inputSize, int outputSize, PosteriorSlice weight, PosteriorSlice? bias)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _length = inputSize * outputSize;
    private readonly LinearLoop<T> _loop = new(inputSize, outputSize);
    private LeafBuffer<T>? _weights;
    private LeafBuffer<T>? _biases;
    private TensorMemory<T> _weightGradients;
    private TensorMemory<T> _biasGradients;

    /// <summary>Gets the number of input features.</summary>
    public int InputSize => inputSize;

    /// <summary>Gets the number of output features.</summary>
    public int OutputSize => outputSize;

    /// <summary>Gets the number of products for one row.</summary>
    public long Products => (long)inputSize * outputSize;

    /// <summary>Draws weights for a pass: first W, then b, like the plain path.</summary>
    public void Draw(ManagedArithmetic<T> arithmetic, int samples, NoiseSource noise)
    {
        _weights = arithmetic.DrawInto(weight, samples, noise);
        _weightGradients = _weights.UseOwnGradient();
        if (bias is null)
            return;
        _biases = arithmetic.DrawInto(bias, samples, noise);
        _biasGradients = _biases.UseOwnGradient();
    }

    /// <summary>Computes the output with one of the draws: <c>[rows, in]</c> to <c>[rows, out]</c>.</summary>
    public void Forward(int sample, ReadOnlySpan<T> input, Span<T> output) =>
        _loop.Forward(input, WeightsOf(sample), _biases is null ? [] : _biases.Memory.Slice(sample * outputSize, outputSize), output);

    /// <summary>Adds to the gradients of W and b.</summary>
    /// <param name="sample">Zero-based index of the draw.</param>
    /// <param name="input">The input of <see cref="Forward"/>, <c>[rows, in]</c>.</param>
    /// <param name="outputGradient">The gradient of the output, <c>[rows, out]</c>.</param>
    /// <param name="inputGradient">Receives the gradient of the input, <c>[rows, in]</c>; empty if it is not needed.</param>
    public void Backward(int sample, ReadOnlySpan<T> input, ReadOnlySpan<T> outputGradient, Span<T> inputGradient) =>
        _loop.Backward(
            input, WeightsOf(sample), outputGradient, _weightGradients.Slice(sample * _length, _length),
            bias is null ? [] : _biasGradients.Slice(sample * outputSize, outputSize), inputGradient);

    private Span<T> WeightsOf(int sample) => _weights!.Memory.Slice(sample * _length, _length);
}
