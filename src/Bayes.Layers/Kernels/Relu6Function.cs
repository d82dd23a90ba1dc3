using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>min(max(x, 0), 6). NaN stays NaN.</summary>
internal readonly struct Relu6Function : IElementFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes>
    {
        TLanes lowest = TLanes.Create(0), highest = TLanes.Create(6);
        var above = TLanes.WhereLess(x, lowest, lowest, x);
        return TLanes.WhereLess(highest, above, highest, above);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Of(Vector<double> x)
    {
        Vector<double> lowest = default, highest = new(6);
        var above = Vector.ConditionalSelect(Vector.LessThan(x, lowest), lowest, x);
        return Vector.ConditionalSelect(Vector.GreaterThan(above, highest), highest, above);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Slope(Vector<double> x, Vector<double> result)
    {
        var isInside = Vector.BitwiseAnd(Vector.GreaterThan(x, Vector<double>.Zero), Vector.LessThan(x, new Vector<double>(6)));
        return Vector.ConditionalSelect(isInside, Vector<double>.One, Vector<double>.Zero);
    }
}
