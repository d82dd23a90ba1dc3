using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>positive · x above 0, and negative · (e^(x / width) − 1) below: ELU, SELU and CELU.</summary>
internal readonly struct EluFunction(double positive, double negative, double width) : IElementFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes>
    {
        var zero = TLanes.Create(0);
        var below = TLanes.WhereLess(x, zero, x, zero) * TLanes.Create((float)(1 / width));
        var above = positive == 1 ? x : x * TLanes.Create((float)positive);
        return TLanes.WhereLess(x, zero, TLanes.Create((float)negative) * LaneFunctions.ExpMinusOneOfNegative(below), above);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Of(Vector<double> x)
    {
        var below = (Vector.Exp(Vector.Min(x, Vector<double>.Zero) / width) - Vector<double>.One) * negative;
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<double>.Zero), below, x * positive);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Slope(Vector<double> x, Vector<double> result) =>
        Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<double>.Zero), new Vector<double>(positive), (result + new Vector<double>(negative)) / width);
}
