using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>The moments of a function that is x above 0, and slope · x below, in closed form.</summary>
/// <param name="slope">The slope below 0.</param>
internal readonly struct RectifiedNormalFunction(double slope) : INormalFunction
{
    private const float MostScore = 40, RootOfHalf = 0.707106781f, DensityAt0 = 0.398942280f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (TLanes Mean, TLanes Variance) Of<TLanes>(TLanes mean, TLanes variance) where TLanes : struct, ILanes<TLanes>
    {
        TLanes zero = TLanes.Create(0), one = TLanes.Create(1), half = TLanes.Create(0.5f);
        var (divisor, stddev) = NormalLanes.Root(variance);
        var z = NormalLanes.Clamp(mean / divisor, MostScore);
        var density = TLanes.Create(DensityAt0) * LaneFunctions.ExpOfNegative(z * z * TLanes.Create(-0.5f));
        var cumulative = TLanes.MultiplyAdd(half, LaneFunctions.Erf(z * TLanes.Create(RootOfHalf)), half);
        var complement = one - cumulative;
        // Φ + z²Φ(1 − Φ) + zφ(1 − 2Φ) − φ², in units of the variance.
        var share = TLanes.MultiplyAdd(z * z * cumulative, complement, cumulative);
        share = TLanes.MultiplyAdd(TLanes.MultiplyAdd(z, complement - cumulative, zero - density), density, share);
        share = TLanes.WhereLess(share, zero, zero, share);
        var pull = stddev * density;
        if (slope == 0)
            return (TLanes.MultiplyAdd(mean, cumulative, pull), share * variance);
        TLanes own = TLanes.Create((float)slope), rest = TLanes.Create((float)(1 - slope));
        var both = TLanes.MultiplyAdd(complement, own, cumulative);
        // The covariance of x and max(0, x) is that of the variance times Φ.
        share = TLanes.MultiplyAdd(
            cumulative, TLanes.Create((float)(2 * slope * (1 - slope))), TLanes.MultiplyAdd(share, rest * rest, own * own));
        return (TLanes.MultiplyAdd(mean, both, pull * rest), share * variance);
    }
}
