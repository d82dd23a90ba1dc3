using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Where half precision is left.</summary>
internal static class Precision
{
    /// <summary>Single precision in place of the half-precision types, whose range and digits sums soon leave; others as they are.</summary>
    public static ScalarType AtLeastSingle(this ScalarType dtype) => dtype == ScalarType.Float64 ? dtype : ScalarType.Float32;

    /// <summary>A number next to 0 whose root can be taken and divided by: the smallest normal one of the type, at most of single precision.</summary>
    public static Scalar SmallestVariance(this ScalarType dtype) => dtype == ScalarType.Float16 ? SmallestNormalHalf : Scalars.SmallestNormal;

    /// <summary>The largest finite number.</summary>
    public static double Largest(this ScalarType dtype) => dtype switch
    {
        ScalarType.Float64 => double.MaxValue,
        ScalarType.Float16 => (double)Half.MaxValue,
        ScalarType.BFloat16 => 3.3895313892515355e38,
        _ => float.MaxValue,
    };

    private static readonly Scalar SmallestNormalHalf = 6.103515625e-05;
}
