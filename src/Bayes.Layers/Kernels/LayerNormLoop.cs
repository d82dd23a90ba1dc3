using System.Numerics;

namespace Bayes.Layers.Kernels;

/// <summary>
/// (x − mean) / √(variance + eps) · scale + shift over the features of each row (Ba, Kiros &amp; Hinton 2016, "Layer Normalization"), forward and
/// backward.
/// </summary>
/// <param name="width">The features of a row.</param>
/// <param name="epsilon">Added to the variance.</param>
internal readonly struct LayerNormLoop<T>(int width, double epsilon) where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _count = T.CreateTruncating(width);
    private readonly T _epsilon = T.CreateTruncating(epsilon);

    /// <summary>Normalizes rows.</summary>
    /// <param name="input">x, <c>[rows, width]</c>.</param>
    /// <param name="scale"><c>[width]</c>; empty for 1.</param>
    /// <param name="shift"><c>[width]</c>; empty for 0.</param>
    /// <param name="normalized">Receives the rows before scale and shift, for <see cref="Backward"/>.</param>
    /// <param name="inverseStddevs">Receives 1 / √(variance + eps) of each row.</param>
    /// <param name="output">Receives the result, <c>[rows, width]</c>.</param>
    public void Forward(
        ReadOnlySpan<T> input, ReadOnlySpan<T> scale, ReadOnlySpan<T> shift, Span<T> normalized, Span<T> inverseStddevs, Span<T> output)
    {
        for (int start = 0, row = 0; start < input.Length; start += width, row++)
        {
            var centred = normalized.Slice(start, width);
            var result = output.Slice(start, width);
            Vectors.ScaleThenAdd(input.Slice(start, width), T.One, -Vectors.Sum(input.Slice(start, width)) / _count, centred);
            T inverse = T.One / T.Sqrt(Vectors.SumOfSquares<T>(centred) / _count + _epsilon);
            inverseStddevs[row] = inverse;
            Vectors.ScaleThenAdd(centred, inverse, T.Zero, centred);
            if (scale.IsEmpty)
                centred.CopyTo(result);
            else
                Vectors.Multiply(centred, scale, result);
            if (!shift.IsEmpty)
                Vectors.AddScaled(shift, T.One, result);
        }
    }

    /// <summary>Adds to the gradients of scale and shift, and computes the gradient of x.</summary>
    /// <param name="normalized">A result of <see cref="Forward"/>.</param>
    /// <param name="inverseStddevs">A result of <see cref="Forward"/>.</param>
    /// <param name="scale"><c>[width]</c>; empty for 1.</param>
    /// <param name="outputGradient">The gradient of the output, <c>[rows, width]</c>.</param>
    /// <param name="scaleGradient">The gradient of the scale.</param>
    /// <param name="shiftGradient">The gradient of the shift.</param>
    /// <param name="inputGradient">Receives the gradient of x.</param>
    public void Backward(
        ReadOnlySpan<T> normalized, ReadOnlySpan<T> inverseStddevs, ReadOnlySpan<T> scale, ReadOnlySpan<T> outputGradient, Span<T> scaleGradient,
        Span<T> shiftGradient, Span<T> inputGradient)
    {
        for (int start = 0, row = 0; start < outputGradient.Length; start += width, row++)
        {
            ReadOnlySpan<T> gradient = outputGradient.Slice(start, width), own = normalized.Slice(start, width);
            var result = inputGradient.Slice(start, width);
            // The gradient of the scale, before it is added, is in the room of the result.
            Vectors.Multiply(gradient, own, result);
            Vectors.AddScaled<T>(result, T.One, scaleGradient);
            Vectors.AddScaled(gradient, T.One, shiftGradient);
            if (scale.IsEmpty)
                gradient.CopyTo(result);
            else
                Vectors.Multiply(gradient, scale, result);
            T mean = Vectors.Sum<T>(result) / _count, slope = Vectors.Product(result, own) / _count, inverse = inverseStddevs[row];
            Vectors.AddScaled(own, -slope, result);
            Vectors.ScaleThenAdd(result, inverse, -mean * inverse, result);
        }
    }
}
