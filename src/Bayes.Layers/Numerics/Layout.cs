using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>The layout of tensors in memory.</summary>
internal static class Layout
{
    /// <summary>Returns the tensor itself if it is contiguous, otherwise a contiguous copy in the caller's dispose scope.</summary>
    public static Tensor AsContiguous(this Tensor tensor) => tensor.is_contiguous() ? tensor : tensor.contiguous();
}
