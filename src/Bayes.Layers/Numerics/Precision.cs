using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Where half precision is left.</summary>
internal static class Precision
{
    /// <summary>Single precision in place of the half-precision types, whose range and digits sums soon leave; others as they are.</summary>
    public static ScalarType AtLeastSingle(this ScalarType dtype) => dtype == ScalarType.Float64 ? dtype : ScalarType.Float32;
}
