using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>log(1 + e^(beta x)) / beta, which is x if beta x exceeds a threshold.</summary>
internal readonly struct SoftplusFunction(double beta, double threshold) : IElementFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes>
    {
        var scaled = x * TLanes.Create((float)beta);
        return TLanes.WhereLess(TLanes.Create((float)threshold), scaled, x, LaneFunctions.Softplus(scaled) / TLanes.Create((float)beta));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Of(Vector<double> x)
    {
        var scaled = x * beta;
        return Vector.ConditionalSelect(Vector.GreaterThan(scaled, new Vector<double>(threshold)), x, VectorFunctions.Softplus(scaled) / beta);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Slope(Vector<double> x, Vector<double> result)
    {
        var scaled = x * beta;
        return Vector.ConditionalSelect(Vector.GreaterThan(scaled, new Vector<double>(threshold)), Vector<double>.One, VectorFunctions.Sigmoid(scaled));
    }
}
