using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>Targets as managed code reads them.</summary>
internal static class TargetNumbers
{
    /// <summary>The numbers of a target that is <see cref="Like"/> an output, or of classes that are <see cref="AreClasses"/>.</summary>
    public static ReadOnlySpan<T> Of<T>(Tensor target) where T : unmanaged => MemoryMarshal.Cast<byte, T>(target.bytes);

    /// <summary>Whether a target is <c>[B, width]</c>, of the output's type and in reach.</summary>
    public static bool Like(Tensor target, int rows, int width, ScalarType dtype) =>
        target.ndim == 2 && target.size(0) == rows && target.size(1) == width && Numerics.Numbers.InReach(target, dtype);

    /// <summary>Whether a target is <c>[B]</c> classes of 64 bits.</summary>
    public static bool AreClasses(Tensor target, int rows) =>
        target.ndim == 1 && target.size(0) == rows && target.dtype == ScalarType.Int64 && target.device_type == TorchSharp.DeviceType.CPU && !target.is_sparse && target.is_contiguous();

    /// <summary>Whether every number of a target in reach is in [0, 1]; NaN is not.</summary>
    public static bool AreWithinUnitInterval(Tensor target) =>
        target.dtype == ScalarType.Float32 ? !Of<float>(target).ContainsAnyExceptInRange(0, 1) : !Of<double>(target).ContainsAnyExceptInRange(0, 1);

    /// <summary>Whether every number of a target in reach is finite.</summary>
    public static bool AreFinite(Tensor target) => target.dtype == ScalarType.Float32
        ? !Of<float>(target).ContainsAnyExceptInRange(float.MinValue, float.MaxValue)
        : !Of<double>(target).ContainsAnyExceptInRange(double.MinValue, double.MaxValue);
}
