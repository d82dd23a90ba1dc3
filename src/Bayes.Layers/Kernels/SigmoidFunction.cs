using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>1 / (1 + e^−x).</summary>
internal readonly struct SigmoidFunction : IElementFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => LaneFunctions.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Of(Vector<double> x) => VectorFunctions.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Slope(Vector<double> x, Vector<double> result) => (Vector<double>.One - result) * result;
}
