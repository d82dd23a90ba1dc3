using static TorchSharp.torch;

namespace Bayes.Layers.Kernels;

/// <summary>
/// The memory of one tensor, looked up again only for another tensor than before: a lookup costs as much as a loop over a few hundred numbers.
/// </summary>
/// <remarks>Holds the tensor, and so its memory, but does not own it.</remarks>
internal sealed class TensorMemoryCache<T> where T : unmanaged
{
    private Tensor? _tensor;

    /// <summary>Gets the memory of the tensor that was looked up last.</summary>
    public TensorMemory<T> Memory { get; private set; }

    /// <summary>Looks up a tensor. Returns false if it is not plain or of another type.</summary>
    public bool TryLookUp(Tensor tensor, ScalarType dtype)
    {
        if (ReferenceEquals(tensor, _tensor) && !tensor.IsInvalid)
            return true;
        _tensor = null;
        if (tensor.IsInvalid || !tensor.IsPlain(dtype))
            return false;
        (_tensor, Memory) = (tensor, new TensorMemory<T>(tensor));
        return true;
    }
}
