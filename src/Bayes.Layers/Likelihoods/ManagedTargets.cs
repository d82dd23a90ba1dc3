using Bayes.Layers.Kernels;
using static TorchSharp.torch;

namespace Bayes.Layers.Likelihoods;

/// <summary>Checks of a target before managed code reads it.</summary>
internal static class ManagedTargets
{
    /// <summary>Determines whether a target is plain, has the output's type and is <c>[B, width]</c>.</summary>
    public static bool Like(Tensor target, int rows, int width, ScalarType dtype) =>
        target.ndim == 2 && target.size(0) == rows && target.size(1) == width && target.IsPlain(dtype);

    /// <summary>Determines whether a target is plain and holds classes <c>[B]</c> of 64 bits.</summary>
    public static bool AreClasses(Tensor target, int rows) => target.ndim == 1 && target.size(0) == rows && target.IsPlain(ScalarType.Int64);

    /// <summary>Determines whether every number of a plain target is in [0, 1]; false if one is NaN.</summary>
    public static bool AreWithinUnitInterval(Tensor target) => target.dtype == ScalarType.Float32
        ? !target.AsSpan<float>().ContainsAnyExceptInRange(0, 1)
        : !target.AsSpan<double>().ContainsAnyExceptInRange(0, 1);

    /// <summary>Determines whether every number of a plain target is finite.</summary>
    public static bool AreFinite(Tensor target) => target.dtype == ScalarType.Float32
        ? !target.AsSpan<float>().ContainsAnyExceptInRange(float.MinValue, float.MaxValue)
        : !target.AsSpan<double>().ContainsAnyExceptInRange(double.MinValue, double.MaxValue);
}
