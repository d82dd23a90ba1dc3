using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>
/// The moments of any function by the trapezoidal rule in y, x = m + s (c + k sinh y), whose nodes are densest at x = 0 (Trefethen &amp; Weideman
/// 2014, "The Exponentially Convergent Trapezoidal Rule").
/// </summary>
/// <param name="function">The function, whose features are near 0.</param>
internal readonly struct IntegratedFunction<TFunction>(TFunction function) : INormalFunction where TFunction : struct, ILaneFunction
{
    private const int Nodes = 65;
    private const float Tail = 6.5f, FarthestCentre = 20, WidestSpread = 4, FarthestEnd = 1e18f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (TLanes Mean, TLanes Variance) Of<TLanes>(TLanes mean, TLanes variance) where TLanes : struct, ILanes<TLanes>
    {
        TLanes zero = TLanes.Create(0), one = TLanes.Create(1), half = TLanes.Create(0.5f);
        var (divisor, stddev) = NormalLanes.Root(variance);
        var width = one / divisor;
        var spread = TLanes.WhereLess(width, TLanes.Create(WidestSpread), width, TLanes.Create(WidestSpread));
        var centre = NormalLanes.Clamp(zero - mean / divisor, FarthestCentre);
        TLanes low = Asinh((TLanes.Create(-Tail) - centre) / spread), high = Asinh((TLanes.Create(Tail) - centre) / spread);
        var middle = LaneFunctions.Exp((low + high) * half);
        var ratio = LaneFunctions.Exp((high - low) * TLanes.Create(1f / (Nodes - 1)));
        var inverse = one / ratio;
        var at = function.Of(mean);

        // From the middle outwards, up and down in turn, so that rounding grows where weights are small: e^y and e^−y of the next node, and of the
        // one after it. The code of a node stands here once, or the compiler would not inline it.
        TLanes power = middle, powerInverse = one / middle, next = middle * inverse, nextInverse = powerInverse * ratio;
        TLanes mass = zero, sum = zero, squares = zero;
        for (int i = 0; i < Nodes; i++)
        {
            var score = TLanes.MultiplyAdd(spread, (power - powerInverse) * half, centre);
            // The spread is the same for all nodes; without it, weights of a wide distribution would overflow.
            var weight = LaneFunctions.ExpOfNegative(score * score * TLanes.Create(-0.5f)) * ((power + powerInverse) * spread);
            var rise = function.Of(TLanes.MultiplyAdd(stddev, score, mean)) - at;
            mass += weight;
            sum = TLanes.MultiplyAdd(weight, rise, sum);
            squares = TLanes.MultiplyAdd(weight * rise, rise, squares);
            TLanes onward = power * ratio, onwardInverse = powerInverse * inverse;
            (power, powerInverse, next, nextInverse) = (next, nextInverse, onward, onwardInverse);
            (ratio, inverse) = (inverse, ratio);
        }
        TLanes height = sum / mass, result = squares / mass - height * height;
        return (at + height, TLanes.WhereLess(result, zero, zero, result));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Asinh<TLanes>(TLanes x) where TLanes : struct, ILanes<TLanes>
    {
        var size = TLanes.Abs(NormalLanes.Clamp(x, FarthestEnd));
        return TLanes.CopySign(LaneFunctions.Log(size + TLanes.Sqrt(TLanes.MultiplyAdd(size, size, TLanes.Create(1)))), x);
    }
}
