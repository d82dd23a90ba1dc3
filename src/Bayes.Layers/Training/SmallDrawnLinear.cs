using System.Numerics;

namespace Bayes.Layers.Training;

/// <summary>One use of a <see cref="SmallDrawnLayer{T}"/>.</summary>
/// <param name="layer">The layer, which is one random variable in a pass.</param>
/// <param name="isFirst">Whether this is its first use.</param>
internal sealed class SmallDrawnLinear<T>(SmallDrawnLayer<T> layer, bool isFirst) : SmallLinear<T>(layer.InputSize, layer.OutputSize)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override long Products => layer.Products;

    /// <inheritdoc/>
    public override void Draw(in SmallPass<T> pass)
    {
        if (isFirst)
            layer.Draw(pass.Arithmetic, pass.Samples, pass.Noise);
    }

    /// <inheritdoc/>
    public override void Backward(int sample, ReadOnlySpan<T> input, ReadOnlySpan<T> outputGradient, Span<T> inputGradient) =>
        layer.Backward(sample, input, outputGradient, inputGradient);

    /// <inheritdoc/>
    protected override void Forward(int sample, ReadOnlySpan<T> input, Span<T> output) => layer.Forward(sample, input, output);
}
