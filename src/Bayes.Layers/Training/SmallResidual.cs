using System.Numerics;
using Bayes.Layers.Kernels;

namespace Bayes.Layers.Training;

/// <summary>A <see cref="BayesianResidual"/>: x + f(x).</summary>
internal sealed class SmallResidual<T>(SmallChain<T> inner) : SmallStep<T>(inner.Width) where T : unmanaged, IFloatingPointIeee754<T>
{
    private int _rows;

    /// <inheritdoc/>
    public override int Widest => inner.Widest;

    /// <inheritdoc/>
    public override long Products => inner.Products;

    /// <inheritdoc/>
    public override bool IsPossible => inner.IsPossible;

    /// <inheritdoc/>
    public override void Draw(in SmallPass<T> pass)
    {
        _rows = pass.Rows;
        inner.Draw(pass);
    }

    /// <inheritdoc/>
    public override void Backward(int sample, ReadOnlySpan<T> input, ReadOnlySpan<T> outputGradient, Span<T> inputGradient)
    {
        inner.Backward(sample, input, outputGradient, inputGradient, _rows);
        Vectors.AddScaled(outputGradient, T.One, inputGradient);
    }

    /// <inheritdoc/>
    public override void End() => inner.End();

    /// <inheritdoc/>
    protected override void Forward(int sample, ReadOnlySpan<T> input, Span<T> output)
    {
        inner.Forward(sample, input, _rows).CopyTo(output);
        Vectors.AddScaled(input, T.One, output);
    }
}
