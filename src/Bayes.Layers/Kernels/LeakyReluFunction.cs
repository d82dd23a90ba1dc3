using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>x above 0, and x times a slope below.</summary>
internal readonly struct LeakyReluFunction(double slope) : IElementFunction
{
    // A slope of 0 is not multiplied with x: the product is NaN at −∞.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> =>
        TLanes.WhereLess(x, TLanes.Create(0), slope == 0 ? TLanes.Create(0) : x * TLanes.Create((float)slope), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Of(Vector<double> x) =>
        Vector.ConditionalSelect(Vector.LessThan(x, Vector<double>.Zero), slope == 0 ? Vector<double>.Zero : x * slope, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Slope(Vector<double> x, Vector<double> result) =>
        Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<double>.Zero), Vector<double>.One, new Vector<double>(slope));
}
