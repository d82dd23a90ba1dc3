using System.Numerics;

namespace Bayes.Layers.Training;

/// <summary>A part of a <see cref="SmallNetwork{T}"/>, with its output for one draw.</summary>
/// <param name="width">The features of its output.</param>
internal abstract class SmallStep<T>(int width) where T : unmanaged, IFloatingPointIeee754<T>
{
    private T[] _output = [];

    /// <summary>Gets the features of the output.</summary>
    public int Width => width;

    /// <summary>Gets the largest number of features that a step inside passes on.</summary>
    public virtual int Widest => width;

    /// <summary>Gets the number of products for one row, without those of inner outputs.</summary>
    public virtual long Products => 0;

    /// <summary>Determines whether managed code may compute the step now: for example, a module has no hooks.</summary>
    public virtual bool IsPossible => true;

    /// <summary>Draws what is random, for all draws of a pass, and in the order of the plain path.</summary>
    public virtual void Draw(in SmallPass<T> pass)
    {
    }

    /// <summary>Computes the output for one draw.</summary>
    /// <param name="sample">Zero-based index of the draw.</param>
    /// <param name="input">The output of the step before, <c>[rows, in]</c>.</param>
    /// <param name="rows">The number of rows.</param>
    /// <returns><c>[rows, width]</c>; valid until the next draw.</returns>
    public ReadOnlySpan<T> Forward(int sample, ReadOnlySpan<T> input, int rows)
    {
        var output = Output(rows);
        Forward(sample, input, output);
        return output;
    }

    /// <summary>Computes the gradient of the input of <see cref="Forward(int, ReadOnlySpan{T}, int)"/>, and adds to those of parameters.</summary>
    /// <param name="sample">Zero-based index of the draw.</param>
    /// <param name="input">The input.</param>
    /// <param name="outputGradient">The gradient of the output, <c>[rows, width]</c>.</param>
    /// <param name="inputGradient">Receives the gradient of the input, <c>[rows, in]</c>; empty if it is not needed.</param>
    public abstract void Backward(int sample, ReadOnlySpan<T> input, ReadOnlySpan<T> outputGradient, Span<T> inputGradient);

    /// <summary>Leaves the gradients of plain parameters where torch has them, after the last draw.</summary>
    public virtual void End()
    {
    }

    /// <summary>Returns the output of the last <see cref="Forward(int, ReadOnlySpan{T}, int)"/>, of as many rows.</summary>
    public Span<T> Output(int rows)
    {
        if (_output.Length < rows * width)
            _output = new T[rows * width];
        return _output.AsSpan(0, rows * width);
    }

    /// <summary>Computes the output.</summary>
    protected abstract void Forward(int sample, ReadOnlySpan<T> input, Span<T> output);
}
