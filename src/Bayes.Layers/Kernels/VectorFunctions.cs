using System.Numerics;
using System.Runtime.CompilerServices;

namespace Bayes.Layers.Kernels;

/// <summary>Functions of double precision, a vector of numbers at a time. NaN gives NaN.</summary>
internal static class VectorFunctions
{
    // erf of this number rounds to 1.
    private const double ErfIsOne = 6;

    // e^(z²) (1 − erf z) between 0 and 6, interpolated at Chebyshev nodes of t = (16/3) / (z + 2) − 5/3, from the highest power to the lowest.
    private static readonly double[] ScaledTail =
    [
        -3.013653175051747e-10, 1.6944273129647825e-10, 3.3739660517286343e-09, -8.248342437173118e-09, -6.522931105885924e-09,
        8.745142345957332e-08, -1.98378793952111e-07, -2.82979262694409e-07, 2.838140022360005e-06, -4.270865301887432e-06, -2.27001591049307e-05,
        0.00010054184031513884, 0.0001335842694240232, -0.0016653643594714037, -0.0016702444046851946, 0.03299342947747283, 0.1694075909544975,
        0.42218758361345476, 0.3785374169292397,
    ];

    /// <summary>Computes the error function to 6 · 10⁻¹⁶, given e^(−z²), which its caller usually needs too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Erf(Vector<double> z, Vector<double> powerOfSquare)
    {
        var size = Vector.Min(Vector.Abs(z), new Vector<double>(ErfIsOne));
        var t = new Vector<double>(16.0 / 3) / (size + new Vector<double>(2)) - new Vector<double>(5.0 / 3);
        var tail = new Vector<double>(ScaledTail[0]);
        for (int i = 1; i < ScaledTail.Length; i++)
            tail = Vector.MultiplyAddEstimate(tail, t, new Vector<double>(ScaledTail[i]));
        return Vector.CopySign(Vector<double>.One - powerOfSquare * tail, z);
    }

    /// <summary>Computes tanh x; ±1 at the infinities.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Tanh(Vector<double> x)
    {
        // With e = e^(−2|x|), tanh |x| = (1 − e) / (1 + e).
        var power = Vector.Exp(Vector.Abs(x) * -2.0);
        return Vector.CopySign((Vector<double>.One - power) / (Vector<double>.One + power), x);
    }

    /// <summary>Computes 1 / (1 + e^−x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Sigmoid(Vector<double> x) => Vector<double>.One / (Vector<double>.One + Vector.Exp(-x));

    /// <summary>Computes log(1 + e^x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Softplus(Vector<double> x) =>
        Vector.ConditionalSelect(Vector.LessThan(x, Vector<double>.Zero), Vector<double>.Zero, x)
        + Vector.Log(Vector<double>.One + Vector.Exp(-Vector.Abs(x)));
}
