using Bayes.Layers.Kernels;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>What managed code checks of a target before it reads it.</summary>
internal static class ManagedTargets
{
    /// <summary>Determines whether a target is plain, of the output's type and <c>[B, width]</c>.</summary>
    public static bool Like(Tensor target, int rows, int width, ScalarType dtype) =>
        target.ndim == 2 && target.size(0) == rows && target.size(1) == width && target.IsPlain(dtype);

    /// <summary>Determines whether a target is plain and <c>[B]</c> classes of 64 bits.</summary>
    public static bool AreClasses(Tensor target, int rows) => target.ndim == 1 && target.size(0) == rows && target.IsPlain(ScalarType.Int64);

    /// <summary>Determines whether each number of a plain target is in [0, 1]; NaN is not.</summary>
    public static bool AreWithinUnitInterval(Tensor target) => target.dtype == ScalarType.Float32
        ? !target.AsSpan<float>().ContainsAnyExceptInRange(0, 1)
        : !target.AsSpan<double>().ContainsAnyExceptInRange(0, 1);

    /// <summary>Determines whether each number of a plain target is finite.</summary>
    public static bool AreFinite(Tensor target) => target.dtype == ScalarType.Float32
        ? !target.AsSpan<float>().ContainsAnyExceptInRange(float.MinValue, float.MaxValue)
        : !target.AsSpan<double>().ContainsAnyExceptInRange(double.MinValue, double.MaxValue);
}
