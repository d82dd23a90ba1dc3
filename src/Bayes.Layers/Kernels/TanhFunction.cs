using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>tanh x.</summary>
internal readonly struct TanhFunction : IElementFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => LaneFunctions.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Of(Vector<double> x) => VectorFunctions.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Slope(Vector<double> x, Vector<double> result) => Vector<double>.One - result * result;
}
