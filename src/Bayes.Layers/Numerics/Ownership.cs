using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>The ownership of tensors that an object keeps.</summary>
internal static class Ownership
{
    /// <summary>Removes a tensor from its dispose scope: it lives until its owner disposes it.</summary>
    public static T Owned<T>(this T tensor) where T : Tensor
    {
        tensor.DetachFromDisposeScope();
        return tensor;
    }
}
