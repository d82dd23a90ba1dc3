using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>Tensors that an object keeps.</summary>
internal static class Ownership
{
    /// <summary>Takes a tensor out of the dispose scope it was made in: it lives until its owner disposes it.</summary>
    public static T Owned<T>(this T tensor) where T : Tensor
    {
        tensor.DetachFromDisposeScope();
        return tensor;
    }
}
