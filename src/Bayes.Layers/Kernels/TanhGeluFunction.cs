using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>
/// ½ x (1 + tanh u) = x / (1 + e^−2u) with u = √(2/π) (x + 0.044715 x³), which approximates x Φ(x) (Hendrycks &amp; Gimpel 2016, "Gaussian Error
/// Linear Units").
/// </summary>
internal readonly struct TanhGeluFunction : IElementFunction
{
    private const double Cubic = 0.044715;

    // 2 √(2/π).
    private const double Factor = 1.5957691216057308;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TLanes Of<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes> =>
        x * LaneFunctions.Sigmoid(x * TLanes.MultiplyAdd(x * x, TLanes.Create((float)(Factor * Cubic)), TLanes.Create((float)Factor)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Of(Vector<double> x) => x * Sigmoid(x, x * x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector<double> Slope(Vector<double> x, Vector<double> result)
    {
        var square = x * x;
        var sigmoid = Sigmoid(x, square);
        var slope = square * (3 * Cubic * Factor) + new Vector<double>(Factor);
        return sigmoid + result * (Vector<double>.One - sigmoid) * slope;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Sigmoid(Vector<double> x, Vector<double> square) =>
        VectorFunctions.Sigmoid(x * (square * (Factor * Cubic) + new Vector<double>(Factor)));
}
