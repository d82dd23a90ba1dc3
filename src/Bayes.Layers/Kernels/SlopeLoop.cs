using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>A function of every number of a span, forward and backward, computed in double precision.</summary>
internal abstract class SlopeLoop
{
    // Some of these are on the stack at a time.
    private const int BlockLength = 256;

    /// <summary>Computes the function's values.</summary>
    public void Apply<T>(ReadOnlySpan<T> values, Span<T> results) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<double> room = stackalloc double[Math.Min(BlockLength, Vectors.PaddedLength(values.Length))];
        for (int start = 0; start < values.Length; start += BlockLength)
        {
            int count = Math.Min(BlockLength, values.Length - start);
            var numbers = Vectors.Of(room[..Vectors.PaddedLength(count)]);
            Vectors.ToDoubles(values.Slice(start, count), room);
            Apply(numbers, numbers);
            Vectors.FromDoubles(room, results.Slice(start, count));
        }
    }

    /// <summary>Multiplies the gradients of the function's results by its slope.</summary>
    /// <param name="values">The function's arguments.</param>
    /// <param name="results">Its values.</param>
    /// <param name="gradients">The gradients.</param>
    public void MultiplySlope<T>(ReadOnlySpan<T> values, ReadOnlySpan<T> results, Span<T> gradients) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int length = Math.Min(BlockLength, Vectors.PaddedLength(values.Length));
        Span<double> room = stackalloc double[length], resultRoom = stackalloc double[length], gradientRoom = stackalloc double[length];
        for (int start = 0; start < values.Length; start += BlockLength)
        {
            int count = Math.Min(BlockLength, values.Length - start), padded = Vectors.PaddedLength(count);
            Vectors.ToDoubles(values.Slice(start, count), room);
            Vectors.ToDoubles(results.Slice(start, count), resultRoom);
            Vectors.ToDoubles<T>(gradients.Slice(start, count), gradientRoom);
            MultiplySlope(Vectors.Of(room[..padded]), Vectors.Of(resultRoom[..padded]), Vectors.Of(gradientRoom[..padded]));
            Vectors.FromDoubles(gradientRoom, gradients.Slice(start, count));
        }
    }

    /// <inheritdoc cref="Apply{T}"/>
    public abstract void Apply(ReadOnlySpan<Vector<double>> values, Span<Vector<double>> results);

    /// <inheritdoc cref="MultiplySlope{T}"/>
    public abstract void MultiplySlope(ReadOnlySpan<Vector<double>> values, ReadOnlySpan<Vector<double>> results, Span<Vector<double>> gradients);

    /// <summary>The loop of a function that the compiler inlines.</summary>
    public sealed class Of<TFunction>(TFunction function) : SlopeLoop where TFunction : struct, IElementFunction
    {
        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Apply(ReadOnlySpan<Vector<double>> values, Span<Vector<double>> results)
        {
            var own = function;
            for (int i = 0; i < values.Length; i++)
                results[i] = own.Of(values[i]);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void MultiplySlope(
            ReadOnlySpan<Vector<double>> values, ReadOnlySpan<Vector<double>> results, Span<Vector<double>> gradients)
        {
            var own = function;
            for (int i = 0; i < values.Length; i++)
                gradients[i] *= own.Slope(values[i], results[i]);
        }
    }
}
