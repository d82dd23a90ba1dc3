using TorchSharp;

namespace Bayes.Layers.Numerics;

/// <summary>
/// Constants passed to torch. A <c>double</c> converted at the call creates a temporary that the garbage collector may finalize while the native
/// call still reads it; these live as long as the process.
/// </summary>
internal static class Scalars
{
    public static readonly Scalar MinusOne = -1.0;
    public static readonly Scalar MinusHalf = -0.5;
    public static readonly Scalar MinusTwo = -2.0;
    public static readonly Scalar Half = 0.5;
    public static readonly Scalar One = 1.0;
    public static readonly Scalar Two = 2.0;
    public static readonly Scalar Zero = 0.0;
    public static readonly Scalar MinusInfinity = double.NegativeInfinity;
    public static readonly Scalar NaN = double.NaN;

    /// <summary>The smallest normal number of single precision: above 0 in every type except half precision.</summary>
    public static readonly Scalar SmallestNormal = Precision.SmallestNormal;
}
