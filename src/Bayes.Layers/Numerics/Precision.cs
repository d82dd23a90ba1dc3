using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>The types in which to compute: half precision has too few digits and too small a range for sums.</summary>
internal static class Precision
{
    /// <summary>The smallest normal number of single precision.</summary>
    public const double SmallestNormal = 1.17549435e-38;

    /// <summary>Returns single precision for the half-precision types, and the type itself for others.</summary>
    public static ScalarType AtLeastSingle(this ScalarType dtype) => dtype == ScalarType.Float64 ? dtype : ScalarType.Float32;

    /// <summary>Returns the numbers in at least single precision: a copy of half precision, otherwise the tensor itself.</summary>
    public static Tensor Widened(this Tensor values)
    {
        var type = values.dtype.AtLeastSingle();
        return values.dtype == type ? values : values.to(type);
    }

    /// <summary>Returns the type for sums of many terms: double precision for the half-precision types, the type itself for others.</summary>
    public static ScalarType ForSums(this ScalarType dtype) => dtype == ScalarType.Float32 ? dtype : ScalarType.Float64;

    /// <summary>Returns a variance close to 0 whose root is still a valid divisor: the smallest normal number of the type, at most of single
    /// precision.</summary>
    public static Scalar SmallestVariance(this ScalarType dtype) => dtype == ScalarType.Float16 ? SmallestNormalHalf : Scalars.SmallestNormal;

    /// <summary>Returns a variance that adds nothing to numbers of a type, whose root has a finite gradient, an even power of two.</summary>
    public static double NegligibleVariance(this ScalarType dtype) => Math.ScaleB(1, dtype == ScalarType.Float64 ? -200 : -100);

    /// <summary>Computes √(variance + <see cref="NegligibleVariance"/>), which has a finite gradient at 0.</summary>
    public static Tensor StddevOf(this ScalarType dtype, Tensor variance)
    {
        using Scalar smallest = dtype.NegligibleVariance();
        using var sum = variance.add(smallest, Scalars.One);
        return sum.sqrt();
    }

    /// <summary>Returns the largest finite number of a type.</summary>
    public static double Largest(this ScalarType dtype) => dtype switch
    {
        ScalarType.Float64 => double.MaxValue,
        ScalarType.Float16 => (double)Half.MaxValue,
        ScalarType.BFloat16 => 3.3895313892515355e38,
        _ => float.MaxValue,
    };

    private static readonly Scalar SmallestNormalHalf = 6.103515625e-05;
}
