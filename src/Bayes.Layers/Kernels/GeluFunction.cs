using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>x Φ(x) with the normal distribution function Φ.</summary>
internal readonly struct GeluFunction : IElementFunction
{
    private static readonly double RootOfHalf = Math.Sqrt(0.5);
    private static readonly double DensityAt0 = 1 / Math.Sqrt(2 * Math.PI);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => LaneFunctions.Gelu(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Of(Vector<double> x) => x * Cumulative(x, PowerOfSquare(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Slope(Vector<double> x, Vector<double> result)
    {
        var power = PowerOfSquare(x);
        return Cumulative(x, power) + x * power * DensityAt0;
    }

    // e^(−x² / 2).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> PowerOfSquare(Vector<double> x) => Vector.Exp(x * x * -0.5);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Cumulative(Vector<double> x, Vector<double> power) =>
        (Vector<double>.One + VectorFunctions.Erf(x * RootOfHalf, power)) * 0.5;
}
