using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>The standard normal distribution in double precision, many numbers at a time. NaN gives NaN.</summary>
internal static class NormalFunctions
{
    private const double PerRootOfTwoPi = 0.39894228040143267794;

    // Beyond this point, the continued fraction is exact, and before it the ratio of polynomials.
    private const double FarOut = 7.07106781186547;

    /// <summary>
    /// Computes the distribution function to 1e-15, and the density. The upper tail is e^(−z²/2) times a ratio of polynomials, or a continued
    /// fraction far out (Hart et al. 1968, "Computer Approximations", ERFC 5666, as arranged by West 2005, "Better Approximations to Cumulative
    /// Normal Functions").
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector<double> Cumulative, Vector<double> Density) Of(Vector<double> z)
    {
        var x = Vector.Abs(z);
        var power = Vector.Exp(x * x * -0.5);
        var above = new Vector<double>(3.52624965998911e-2) * x + new Vector<double>(0.700383064443688);
        above = above * x + new Vector<double>(6.37396220353165);
        above = above * x + new Vector<double>(33.912866078383);
        above = above * x + new Vector<double>(112.079291497871);
        above = above * x + new Vector<double>(221.213596169931);
        above = above * x + new Vector<double>(220.206867912376);
        var below = new Vector<double>(8.83883476483184e-2) * x + new Vector<double>(1.75566716318264);
        below = below * x + new Vector<double>(16.064177579207);
        below = below * x + new Vector<double>(86.7807322029461);
        below = below * x + new Vector<double>(296.564248779674);
        below = below * x + new Vector<double>(637.333633378831);
        below = below * x + new Vector<double>(793.826512519948);
        below = below * x + new Vector<double>(440.413735824752);
        var tail = power * (above / below);
        var isFar = Vector.GreaterThan(x, new Vector<double>(FarOut));
        if (Vector.EqualsAny(isFar, Vector<long>.AllBitsSet))
            tail = Vector.ConditionalSelect(isFar, power * FarRatio(x), tail);
        return (Vector.ConditionalSelect(Vector.GreaterThan(z, Vector<double>.Zero), Vector<double>.One - tail, tail), power * PerRootOfTwoPi);
    }

    // Separate, since few calls need it.
    private static Vector<double> FarRatio(Vector<double> x)
    {
        var fraction = x + new Vector<double>(0.65);
        for (int k = 4; k > 0; k--)
            fraction = x + new Vector<double>(k) / fraction;
        // At infinity, the tail is 0.
        return new Vector<double>(PerRootOfTwoPi) / fraction;
    }
}
