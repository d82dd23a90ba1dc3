using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Where half precision is left: its digits and its range are too few for sums.</summary>
internal static class Precision
{
    /// <summary>Single precision in place of the half-precision types, whose range and digits sums soon leave; others as they are.</summary>
    public static ScalarType AtLeastSingle(this ScalarType dtype) => dtype == ScalarType.Float64 ? dtype : ScalarType.Float32;

    /// <summary>The numbers in at least single precision: of half precision a copy, of other types the tensor itself.</summary>
    public static Tensor Widened(this Tensor values)
    {
        var type = values.dtype.AtLeastSingle();
        return values.dtype == type ? values : values.to(type);
    }

    /// <summary>The type to add up many terms in that come from numbers of a type: double precision for the half-precision types, the type itself
    /// for others.</summary>
    public static ScalarType ForSums(this ScalarType dtype) => dtype == ScalarType.Float32 ? dtype : ScalarType.Float64;

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
