using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Bayes.Layers.Numerics;

/// <summary>What <see cref="Vector"/> has for single and for double precision, for both at once, and loops over spans that are made of it.</summary>
internal static class Vectors
{
    // e to the power of it, and of its negative, is a normal number.
    private const float LargestExponent = 87;
    private const float PerLog2 = 1.44269504f;
    private const float Rounding = 12582912f;
    private const int MantissaBits = 23;

    // log 2 in two parts: the products of the first with whole numbers up to 2⁸ are exact.
    private const float Log2High = 0.693359375f;
    private const float Log2Low = -2.12194440e-4f;

    /// <summary>The whole vectors at the start of some numbers; fewer than one are left over at the end.</summary>
    public static Span<Vector<T>> Of<T>(Span<T> values) where T : unmanaged => MemoryMarshal.Cast<T, Vector<T>>(values);

    /// <inheritdoc cref="Of{T}(Span{T})"/>
    public static ReadOnlySpan<Vector<T>> Of<T>(ReadOnlySpan<T> values) where T : unmanaged => MemoryMarshal.Cast<T, Vector<T>>(values);

    /// <summary>
    /// e to the power of each number times a factor: to 2 units in the last place in single precision, where
    /// <see cref="Vector.Exp(Vector{float})"/> goes by way of double.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Exp<T>(ReadOnlySpan<T> values, T factor, Span<T> results) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var vectors = Of(values);
        var powers = Of(results);
        if (typeof(T) != typeof(float) || !TryExp(MemoryMarshal.Cast<T, Vector<float>>(values), float.CreateTruncating(factor), MemoryMarshal.Cast<T, Vector<float>>(results)))
            for (int i = 0; i < vectors.Length; i++)
                powers[i] = ByLibrary(vectors[i] * factor);
        for (int i = vectors.Length * Vector<T>.Count; i < values.Length; i++)
            results[i] = T.Exp(values[i] * factor);
    }

    // Without a call in the loop, before which all registers would have to be put away: what is out of range is found on the way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryExp(ReadOnlySpan<Vector<float>> values, float factor, Span<Vector<float>> results)
    {
        Vector<float> limit = new(LargestExponent), one = Vector<float>.One;
        var areWithin = Vector<int>.AllBitsSet;
        for (int i = 0; i < values.Length; i++)
        {
            var x = values[i] * factor;
            areWithin &= Vector.LessThan(Vector.Abs(x), limit);
            // e^x = 2ⁿ e^r with |r| at most half of log 2; n is rounded by a number in whose lowest bits it then stands.
            var rounded = x * PerLog2 + new Vector<float>(Rounding);
            var n = rounded - new Vector<float>(Rounding);
            var r = x - n * Log2High - n * Log2Low;
            var series = new Vector<float>(1f / 5040) * r + new Vector<float>(1f / 720);
            series = series * r + new Vector<float>(1f / 120);
            series = series * r + new Vector<float>(1f / 24);
            series = series * r + new Vector<float>(1f / 6);
            series = series * r + new Vector<float>(0.5f);
            series = series * (r * r) + (r + one);
            results[i] = Vector.AsVectorSingle(Vector.AsVectorInt32(series) + Vector.ShiftLeft(Vector.AsVectorInt32(rounded), MantissaBits));
        }
        return areWithin == Vector<int>.AllBitsSet;
    }

    private static Vector<T> ByLibrary<T>(Vector<T> values) where T : unmanaged =>
        typeof(T) == typeof(float) ? Vector.Exp(values.As<T, float>()).As<float, T>() : Vector.Exp(values.As<T, double>()).As<double, T>();
}
