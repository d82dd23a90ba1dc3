using System.Numerics;
using System.Runtime.InteropServices;

namespace Bayes.Layers.Numerics;

/// <summary>What <see cref="Vector"/> has for single and for double precision, for both at once, and loops over spans that are made of it.</summary>
internal static class Vectors
{
    /// <summary>The whole vectors at the start of some numbers; fewer than one are left over at the end.</summary>
    public static Span<Vector<T>> Of<T>(Span<T> values) where T : unmanaged => MemoryMarshal.Cast<T, Vector<T>>(values);

    /// <inheritdoc cref="Of{T}(Span{T})"/>
    public static ReadOnlySpan<Vector<T>> Of<T>(ReadOnlySpan<T> values) where T : unmanaged => MemoryMarshal.Cast<T, Vector<T>>(values);

    /// <summary>e to the power of each number.</summary>
    public static Vector<T> Exp<T>(Vector<T> values) where T : unmanaged =>
        typeof(T) == typeof(float)
            ? Vector.Exp(values.As<T, float>()).As<float, T>()
            : Vector.Exp(values.As<T, double>()).As<double, T>();
}
