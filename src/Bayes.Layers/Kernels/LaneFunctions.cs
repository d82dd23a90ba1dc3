using System.Runtime.CompilerServices;
using static Bayes.Layers.Kernels.FloatBits;

namespace Bayes.Layers.Kernels;

/// <summary>
/// Functions of single precision, many numbers at a time. NaN gives NaN, except in a logarithm. Polynomials are interpolations at Chebyshev nodes.
/// Errors are in units in the last place (ulp) of the exact result, with multiplications and additions that are rounded once.
/// </summary>
internal static class LaneFunctions
{
    // Below this exponent, e^x is less than the smallest normal number.
    private const float LeastExponent = -87.3f;

    // tanh of this number rounds to 1, and e to the power of twice this number is far from overflowing.
    private const float TanhIsOne = 10f;

    // erf of this number rounds to 1.
    private const float ErfIsOne = 4f;

    private const float RootHalf = 0.707106781f;

    /// <summary>Computes e^x of numbers that are at most 0, to 2 ulp; 0 if it would be below the smallest normal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ExpOfNegative<T>(T x) where T : struct, ILanes<T>
    {
        var (power, rest) = PowerAndRest(T.WhereLess(x, T.Create(LeastExponent), T.Create(LeastExponent), x));
        return T.WhereLess(x, T.Create(LeastExponent), T.Create(0), T.MultiplyAdd(power, rest, power));
    }

    /// <summary>Computes e^x to 3 ulp; 0 below the smallest normal number, and infinity above its reciprocal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x) where T : struct, ILanes<T>
    {
        var power = ExpOfNegative(T.CopySign(x, T.Create(-1)));
        return T.WhereLess(T.Create(0), x, T.Create(1) / power, power);
    }

    /// <summary>Computes log x of positive normal numbers, to 3 ulp. For other numbers the result is undefined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Log<T>(T x) where T : struct, ILanes<T>
    {
        // log m = 2 artanh((m − 1) / (m + 1)), whose series is short for mantissas near 1.
        var (exponent, mantissa) = T.Split(x);
        var one = T.Create(1);
        var ratio = (mantissa - one) / (mantissa + one);
        var square = ratio * ratio;
        var series = T.MultiplyAdd(T.Create(2f / 9), square, T.Create(2f / 7));
        series = T.MultiplyAdd(T.MultiplyAdd(series, square, T.Create(2f / 5)), square, T.Create(2f / 3));
        var tail = T.MultiplyAdd(series * square, ratio, exponent * T.Create(Log2Low));
        return T.MultiplyAdd(exponent, T.Create(Log2High), T.MultiplyAdd(ratio, T.Create(2), tail));
    }

    /// <summary>Computes tanh x to 3 ulp; ±1 at the infinities.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x) where T : struct, ILanes<T>
    {
        // With d = e^(2|x|) − 1, tanh |x| = d / (d + 2), where nothing cancels, however small x is.
        var size = T.Abs(x);
        var (power, rest) = PowerAndRest(Twice(T.WhereLess(T.Create(TanhIsOne), size, T.Create(TanhIsOne), size)));
        var difference = T.MultiplyAdd(power, rest, power - T.Create(1));
        return T.CopySign(difference / (difference + T.Create(2)), x);
    }

    /// <summary>Computes 1 / (1 + e^−x) to 3 ulp; 0 if it would be below the smallest normal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sigmoid<T>(T x) where T : struct, ILanes<T>
    {
        var one = T.Create(1);
        var power = ExpOfNegative(T.CopySign(x, T.Create(-1)));
        return T.WhereLess(x, T.Create(0), power, one) / (one + power);
    }

    /// <summary>Computes log(1 + e^x), to 4 ulp unless it is below the smallest normal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Softplus<T>(T x) where T : struct, ILanes<T>
    {
        var zero = T.Create(0);
        var one = T.Create(1);
        var power = ExpOfNegative(T.CopySign(x, T.Create(-1)));
        // With u = 1 + e rounded, log(1 + e) ≈ log(u) · e / (u − 1): the rounding cancels. If u is 1, the result is e.
        var sum = one + power;
        var difference = sum - one;
        var logarithm = T.WhereLess(zero, difference, Log(sum) * (power / T.WhereLess(zero, difference, difference, one)), power);
        return logarithm + T.WhereLess(x, zero, zero, x);
    }

    /// <summary>Computes x Φ(x) with the normal distribution function Φ, to 2⁻²³ of |x|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gelu<T>(T x) where T : struct, ILanes<T>
    {
        var half = T.Create(0.5f) * x;
        return T.MultiplyAdd(half, Erf(x * T.Create(RootHalf)), half);
    }

    /// <summary>Computes e^x − 1 of numbers that are at most 0, to 2 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ExpMinusOneOfNegative<T>(T x) where T : struct, ILanes<T>
    {
        var (power, rest) = PowerAndRest(T.WhereLess(x, T.Create(LeastExponent), T.Create(LeastExponent), x));
        return T.MultiplyAdd(power, rest, power - T.Create(1));
    }

    /// <summary>Computes the error function, to 4 ulp.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Erf<T>(T x) where T : struct, ILanes<T>
    {
        // 1 − erf z = e^(−z r(z)), where r grows slowly from 2/√π. r is a polynomial with a relative error of 6 · 10⁻⁹.
        var size = T.Abs(x);
        var z = T.WhereLess(T.Create(ErfIsOne), size, T.Create(ErfIsOne), size);
        var r = T.Create(-1.0139772741671737e-07f);
        r = T.MultiplyAdd(r, z, T.Create(2.5587650610139377e-06f));
        r = T.MultiplyAdd(r, z, T.Create(-2.8743581775799928e-05f));
        r = T.MultiplyAdd(r, z, T.Create(1.8809217641890143e-04f));
        r = T.MultiplyAdd(r, z, T.Create(-7.718797464782565e-04f));
        r = T.MultiplyAdd(r, z, T.Create(1.8230307231810055e-03f));
        r = T.MultiplyAdd(r, z, T.Create(-2.58150395048025e-04f));
        r = T.MultiplyAdd(r, z, T.Create(-1.9121386031405972e-02f));
        r = T.MultiplyAdd(r, z, T.Create(1.027733609487635e-01f));
        r = T.MultiplyAdd(r, z, T.Create(6.366195673647543e-01f));
        r = T.MultiplyAdd(r, z, T.Create(1.1283791709032096f));
        return T.CopySign(ExpMinusOneOfNegative(T.Create(-1) * z * r), x);
    }

    // e^x = 2ⁿ (1 + rest) with |x − n log 2| ≤ ½ log 2, where rest = e^r − 1 is r + r² times a polynomial with a relative error of 2.5 · 10⁻⁸.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (T Power, T Remainder) PowerAndRest<T>(T x) where T : struct, ILanes<T>
    {
        var rounded = T.MultiplyAdd(x, T.Create(PerLog2), T.Create(Rounding));
        var n = rounded - T.Create(Rounding);
        var r = T.MultiplyAdd(n, T.Create(-Log2Low), T.MultiplyAdd(n, T.Create(-Log2High), x));
        var series = T.MultiplyAdd(T.Create(1.3926183587667763e-03f), r, T.Create(8.363179052723864e-03f));
        series = T.MultiplyAdd(series, r, T.Create(4.166655461720495e-02f));
        series = T.MultiplyAdd(series, r, T.Create(1.6666576989698761e-01f));
        series = T.MultiplyAdd(series, r, T.Create(0.5f));
        return (T.PowerOfTwo(rounded), T.MultiplyAdd(r * r, series, r));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Twice<T>(T x) where T : struct, ILanes<T> => x + x;
}
