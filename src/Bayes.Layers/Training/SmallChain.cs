using System.Numerics;

namespace Bayes.Layers.Training;

/// <summary>Steps one after the other.</summary>
/// <param name="steps">The steps; at least one.</param>
internal sealed class SmallChain<T>(IReadOnlyList<SmallStep<T>> steps) where T : unmanaged, IFloatingPointIeee754<T>
{
    // Each output of a row counts as some products.
    private const long ProductsOfOutput = 64;

    private readonly SmallStep<T>[] _steps = [.. steps];
    private T[] _gradient = [];
    private T[] _otherGradient = [];

    /// <summary>Gets the features of the output.</summary>
    public int Width => _steps[^1].Width;

    /// <summary>Gets the largest number of features between steps.</summary>
    public int Widest { get; } = steps.Max(step => step.Widest);

    /// <summary>Gets the number of products for one row; each output counts as some.</summary>
    public long Products { get; } = steps.Sum(step => step.Products > 0 ? step.Products + ProductsOfOutput * step.Width : 0);

    /// <inheritdoc cref="SmallStep{T}.IsPossible"/>
    public bool IsPossible => Array.TrueForAll(_steps, step => step.IsPossible);

    /// <inheritdoc cref="SmallStep{T}.Draw"/>
    public void Draw(in SmallPass<T> pass)
    {
        foreach (var step in _steps)
            step.Draw(pass);
    }

    /// <inheritdoc cref="SmallStep{T}.Forward(int, ReadOnlySpan{T}, int)"/>
    public ReadOnlySpan<T> Forward(int sample, ReadOnlySpan<T> input, int rows)
    {
        var values = input;
        foreach (var step in _steps)
            values = step.Forward(sample, values, rows);
        return values;
    }

    /// <inheritdoc cref="SmallStep{T}.Backward"/>
    public void Backward(int sample, ReadOnlySpan<T> input, ReadOnlySpan<T> outputGradient, Span<T> inputGradient, int rows)
    {
        if (_gradient.Length < rows * Widest)
            (_gradient, _otherGradient) = (new T[rows * Widest], new T[rows * Widest]);
        T[] room = _gradient, other = _otherGradient;
        var gradient = outputGradient;
        for (int i = _steps.Length - 1; i >= 0; i--)
        {
            var values = i == 0 ? input : _steps[i - 1].Output(rows);
            var result = i == 0 ? inputGradient : room.AsSpan(0, values.Length);
            _steps[i].Backward(sample, values, gradient, result);
            gradient = result;
            (room, other) = (other, room);
        }
    }

    /// <inheritdoc cref="SmallStep{T}.End"/>
    public void End()
    {
        foreach (var step in _steps)
            step.End();
    }
}
