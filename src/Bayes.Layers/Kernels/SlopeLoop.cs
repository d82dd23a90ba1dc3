using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>A function of every number of a span, forward and backward.</summary>
internal abstract class SlopeLoop
{
    /// <summary>Computes the function's values.</summary>
    public abstract void Apply<T>(ReadOnlySpan<T> values, Span<T> results) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>Multiplies the gradients of the function's results by its slope, which is computed from the results.</summary>
    public abstract void MultiplySlope<T>(ReadOnlySpan<T> results, Span<T> gradients) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>Replaces numbers by the function's values.</summary>
    public abstract void Apply(Span<Vector<double>> values);

    /// <summary>Multiplies the gradients of the function's results by its slope, which is computed from the results.</summary>
    public abstract void MultiplySlope(ReadOnlySpan<Vector<double>> results, Span<Vector<double>> gradients);

    /// <summary>The loop of a function that the compiler inlines.</summary>
    public sealed class Of<TFunction> : SlopeLoop where TFunction : ISlopeFunction
    {
        /// <inheritdoc/>
        public override void Apply<T>(ReadOnlySpan<T> values, Span<T> results)
        {
            for (int i = 0; i < values.Length; i++)
                results[i] = TFunction.Value(values[i]);
        }

        /// <inheritdoc/>
        public override void MultiplySlope<T>(ReadOnlySpan<T> results, Span<T> gradients)
        {
            for (int i = 0; i < results.Length; i++)
                gradients[i] *= TFunction.Slope(results[i]);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Apply(Span<Vector<double>> values)
        {
            foreach (ref var value in values)
                value = TFunction.Values(value);
        }

        /// <inheritdoc/>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void MultiplySlope(ReadOnlySpan<Vector<double>> results, Span<Vector<double>> gradients)
        {
            for (int i = 0; i < results.Length; i++)
                gradients[i] *= TFunction.Slopes(results[i]);
        }
    }
}
