using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>x / (1 + |x|).</summary>
internal readonly struct SoftsignFunction : IElementFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => x / (TLanes.Create(1) + TLanes.Abs(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Of(Vector<double> x) => x / (Vector<double>.One + Vector.Abs(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Slope(Vector<double> x, Vector<double> result)
    {
        var size = Vector<double>.One + Vector.Abs(x);
        return Vector<double>.One / (size * size);
    }
}
