using static TorchSharp.torch;

namespace Bayes.Layers.Numerics;

/// <summary>The numbers of one tensor, looked up when it is another one than before: a look-up costs as much as a loop over a few hundred numbers.</summary>
/// <remarks>Holds on to the tensor, and so to the numbers, but does not own it.</remarks>
internal sealed class KnownNumbers<T> where T : unmanaged
{
    private Tensor? _tensor;

    /// <summary>Those of the tensor that was known last.</summary>
    public Numbers<T> Numbers { get; private set; }

    /// <summary>Looks up the numbers of a tensor; no where they are not in reach, or of another type.</summary>
    public bool TryKnow(Tensor tensor, ScalarType dtype)
    {
        if (ReferenceEquals(tensor, _tensor) && !tensor.IsInvalid)
            return true;
        _tensor = null;
        if (tensor.IsInvalid || !Layers.Numerics.Numbers.InReach(tensor, dtype))
            return false;
        (_tensor, Numbers) = (tensor, new Numbers<T>(tensor));
        return true;
    }
}
