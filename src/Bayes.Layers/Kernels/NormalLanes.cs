using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>Standard deviations and distances from 0 of normal numbers, in single precision, finite for a variance of 0.</summary>
internal static class NormalLanes
{
    // 2⁻¹⁰⁰ and its root: added to a variance, and subtracted from its root, they leave 0 and all larger numbers as they are.
    private const float NegligibleVariance = 7.888609e-31f, NegligibleStddev = 8.881784e-16f;

    /// <summary>Returns the root of a variance, which is above 0 and a valid divisor, and the root itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T Divisor, T Stddev) Root<T>(T variance) where T : struct, ILanes<T>
    {
        var divisor = T.Sqrt(variance + T.Create(NegligibleVariance));
        return (divisor, divisor - T.Create(NegligibleStddev));
    }

    /// <summary>Returns the number of the two limits that is nearest to a value, or the value itself between them; NaN stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Clamp<T>(T value, float limit) where T : struct, ILanes<T>
    {
        T high = T.Create(limit), low = T.Create(-limit);
        return T.WhereLess(high, value, high, T.WhereLess(value, low, low, value));
    }
}
