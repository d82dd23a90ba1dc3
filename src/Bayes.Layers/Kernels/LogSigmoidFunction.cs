using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>−log(1 + e^−x).</summary>
internal readonly struct LogSigmoidFunction : IElementFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> => TLanes.Create(-1) * LaneFunctions.Softplus(TLanes.Create(-1) * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Of(Vector<double> x) => -VectorFunctions.Softplus(-x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Slope(Vector<double> x, Vector<double> result) => VectorFunctions.Sigmoid(-x);
}
