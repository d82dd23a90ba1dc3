using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static Bayes.Layers.Kernels.FloatBits;

namespace Bayes.Layers.Kernels;

/// <summary>Loops over spans in <see cref="Vector{T}"/>, for single and double precision alike.</summary>
internal static class Vectors
{
    // e to the power of this number or of its negative is a normal number.
    private const float LargestExponent = 87;

    /// <summary>Returns the whole vectors at the start of numbers; the numbers after them do not fill a vector.</summary>
    public static Span<Vector<T>> Of<T>(Span<T> values) where T : unmanaged => MemoryMarshal.Cast<T, Vector<T>>(values);

    /// <inheritdoc cref="Of{T}(Span{T})"/>
    public static ReadOnlySpan<Vector<T>> Of<T>(ReadOnlySpan<T> values) where T : unmanaged => MemoryMarshal.Cast<T, Vector<T>>(values);

    /// <summary>
    /// Computes e to the power of each number times a factor, in single precision to 2 units in the last place:
    /// <see cref="Vector.Exp(Vector{float})"/> computes in double precision. The bits differ from those of <see cref="LaneFunctions"/> (decision
    /// 34).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Exp<T>(ReadOnlySpan<T> values, T factor, Span<T> results) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var vectors = Of(values);
        var powers = Of(results);
        if (typeof(T) != typeof(float)
            || !TryExp(MemoryMarshal.Cast<T, Vector<float>>(values), float.CreateTruncating(factor), MemoryMarshal.Cast<T, Vector<float>>(results)))
            for (int i = 0; i < vectors.Length; i++)
                powers[i] = LibraryExp(vectors[i] * factor);
        for (int i = vectors.Length * Vector<T>.Count; i < values.Length; i++)
            results[i] = T.Exp(values[i] * factor);
    }

    // Has no call in the loop, which would spill all registers. Returns false if a number was out of range.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryExp(ReadOnlySpan<Vector<float>> values, float factor, Span<Vector<float>> results)
    {
        Vector<float> limit = new(LargestExponent), one = Vector<float>.One;
        var areWithin = Vector<int>.AllBitsSet;
        for (int i = 0; i < values.Length; i++)
        {
            var x = values[i] * factor;
            areWithin &= Vector.LessThan(Vector.Abs(x), limit);
            // e^x = 2ⁿ e^r with |r| ≤ ½ log 2; the lowest bits of the rounded sum hold n.
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

    /// <summary>Computes factor · value + addend, with a product and a sum that are each rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MultiplyThenAdd<T>(ReadOnlySpan<T> factors, ReadOnlySpan<T> values, ReadOnlySpan<T> addends, Span<T> results)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<Vector<T>> factorVectors = Of(factors), valueVectors = Of(values), addendVectors = Of(addends);
        var resultVectors = Of(results);
        for (int i = 0; i < resultVectors.Length; i++)
            resultVectors[i] = factorVectors[i] * valueVectors[i] + addendVectors[i];
        for (int i = resultVectors.Length * Vector<T>.Count; i < results.Length; i++)
            results[i] = factors[i] * values[i] + addends[i];
    }

    /// <summary>Computes factor · value + addend with one factor and one addend, which may be written where the values are.</summary>
    public static void ScaleThenAdd<T>(ReadOnlySpan<T> values, T factor, T addend, Span<T> results) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var valueVectors = Of(values);
        var resultVectors = Of(results);
        var addends = new Vector<T>(addend);
        for (int i = 0; i < resultVectors.Length; i++)
            resultVectors[i] = valueVectors[i] * factor + addends;
        for (int i = resultVectors.Length * Vector<T>.Count; i < results.Length; i++)
            results[i] = values[i] * factor + addend;
    }

    /// <summary>Multiplies numbers, one with one.</summary>
    public static void Multiply<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> results) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<Vector<T>> lefts = Of(left), rights = Of(right);
        var resultVectors = Of(results);
        for (int i = 0; i < resultVectors.Length; i++)
            resultVectors[i] = lefts[i] * rights[i];
        for (int i = resultVectors.Length * Vector<T>.Count; i < results.Length; i++)
            results[i] = left[i] * right[i];
    }

    /// <summary>Returns the sum of the products of numbers, one with one.</summary>
    public static T Product<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<Vector<T>> lefts = Of(left), rights = Of(right);
        T product = T.Zero;
        if (!lefts.IsEmpty)
        {
            Vector<T> sum = default;
            for (int i = 0; i < lefts.Length; i++)
                sum += lefts[i] * rights[i];
            product = Vector.Sum(sum);
        }
        for (int i = lefts.Length * Vector<T>.Count; i < left.Length; i++)
            product += left[i] * right[i];
        return product;
    }

    /// <summary>Adds factor · value to sums, with a product and a sum that are each rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddScaled<T>(ReadOnlySpan<T> values, T factor, Span<T> sums) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var valueVectors = Of(values);
        var sumVectors = Of(sums);
        for (int i = 0; i < sumVectors.Length; i++)
            sumVectors[i] = valueVectors[i] * factor + sumVectors[i];
        for (int i = sumVectors.Length * Vector<T>.Count; i < sums.Length; i++)
            sums[i] = values[i] * factor + sums[i];
    }

    /// <summary>Returns the sum of numbers.</summary>
    public static T Sum<T>(ReadOnlySpan<T> values) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var vectors = Of(values);
        Vector<T> sum = default;
        foreach (var vector in vectors)
            sum += vector;
        T rest = Vector.Sum(sum);
        foreach (T value in values[(vectors.Length * Vector<T>.Count)..])
            rest += value;
        return rest;
    }

    /// <summary>Replaces numbers by 1 if they are at least 0, otherwise by −1.</summary>
    public static void ToSigns(Span<float> numbers)
    {
        var vectors = Of(numbers);
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] = Vector.ConditionalSelect(Vector.GreaterThanOrEqual(vectors[i], Vector<float>.Zero), Vector<float>.One, -Vector<float>.One);
        for (int i = vectors.Length * Vector<float>.Count; i < numbers.Length; i++)
            numbers[i] = numbers[i] >= 0 ? 1 : -1;
    }

    /// <summary>Returns the sum of the squares of numbers.</summary>
    public static T SumOfSquares<T>(ReadOnlySpan<T> values) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var vectors = Of(values);
        Vector<T> sum = default;
        for (int i = 0; i < vectors.Length; i++)
            sum += vectors[i] * vectors[i];
        T rest = Vector.Sum(sum);
        for (int i = vectors.Length * Vector<T>.Count; i < values.Length; i++)
            rest += values[i] * values[i];
        return rest;
    }

    /// <summary>Copies numbers in double precision.</summary>
    /// <param name="values">The numbers, in single or double precision.</param>
    /// <param name="results">Receives them; may be longer.</param>
    public static void ToDoubles<T>(ReadOnlySpan<T> values, Span<double> results) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(double))
        {
            MemoryMarshal.Cast<T, double>(values).CopyTo(results);
            return;
        }
        int done = 0;
        if (typeof(T) == typeof(float))
        {
            var floats = Of(MemoryMarshal.Cast<T, float>(values));
            var doubles = Of(results);
            for (int i = 0; i < floats.Length; i++)
                Vector.Widen(floats[i], out doubles[2 * i], out doubles[2 * i + 1]);
            done = floats.Length * Vector<float>.Count;
        }
        for (int i = done; i < values.Length; i++)
            results[i] = double.CreateTruncating(values[i]);
    }

    /// <summary>Copies numbers from double precision, rounded.</summary>
    /// <param name="values">The numbers; those beyond the length of the results are ignored.</param>
    /// <param name="results">Receives them, in single or double precision.</param>
    public static void FromDoubles<T>(ReadOnlySpan<double> values, Span<T> results) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(double))
        {
            values[..results.Length].CopyTo(MemoryMarshal.Cast<T, double>(results));
            return;
        }
        int done = 0;
        if (typeof(T) == typeof(float))
        {
            var floats = Of(MemoryMarshal.Cast<T, float>(results));
            var doubles = Of(values);
            for (int i = 0; i < floats.Length; i++)
                floats[i] = Vector.Narrow(doubles[2 * i], doubles[2 * i + 1]);
            done = floats.Length * Vector<float>.Count;
        }
        for (int i = done; i < results.Length; i++)
            results[i] = T.CreateTruncating(values[i]);
    }

    /// <summary>Returns the length of the vectors of double precision that hold some numbers.</summary>
    public static int PaddedLength(int count) => (count + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;

    private static Vector<T> LibraryExp<T>(Vector<T> values) where T : unmanaged =>
        typeof(T) == typeof(float) ? Vector.Exp(values.As<T, float>()).As<float, T>() : Vector.Exp(values.As<T, double>()).As<double, T>();
}
