using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>x tanh(log(1 + e^x)) (Misra 2020, "Mish: A Self Regularized Non-Monotonic Activation Function").</summary>
internal readonly struct MishFunction : IElementFunction
{
    // With e = e^−|x|, the factor of x is (1 + 2e) / (1 + 2e + 2e²) for positive numbers and (e² + 2e) / (e² + 2e + 2) for negative ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes>
    {
        TLanes zero = TLanes.Create(0), one = TLanes.Create(1), two = TLanes.Create(2);
        var power = LaneFunctions.ExpOfNegative(TLanes.CopySign(x, TLanes.Create(-1)));
        var square = power * power;
        var numerator = TLanes.MultiplyAdd(two, power, TLanes.WhereLess(x, zero, square, one));
        return x * (numerator / (numerator + two * TLanes.WhereLess(x, zero, one, square)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Of(Vector<double> x) => x * Factor(x, Vector.Exp(-Vector.Abs(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Slope(Vector<double> x, Vector<double> result)
    {
        var power = Vector.Exp(-Vector.Abs(x));
        var factor = Factor(x, power);
        var sigmoid = Vector.ConditionalSelect(Vector.LessThan(x, Vector<double>.Zero), power, Vector<double>.One) / (Vector<double>.One + power);
        return factor + x * (Vector<double>.One - factor * factor) * sigmoid;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Factor(Vector<double> x, Vector<double> power)
    {
        var isNegative = Vector.LessThan(x, Vector<double>.Zero);
        var square = power * power;
        var numerator = power * 2 + Vector.ConditionalSelect(isNegative, square, Vector<double>.One);
        return numerator / (numerator + Vector.ConditionalSelect(isNegative, Vector<double>.One, square) * 2);
    }
}
