using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Copies of the values of some tensors, to be put back in place, so that references to the tensors and views of them stay valid.
/// </summary>
/// <remarks>Owns the copies; dispose it.</remarks>
internal sealed class KeptValues(IEnumerable<Tensor> tensors) : IDisposable
{
    private readonly KeptValue[] _values = [.. tensors.Select(KeptValue.Of)];

    /// <summary>Gets whether all current values are finite.</summary>
    public bool AreFinite => Array.TrueForAll(_values, value => value.IsFinite);

    /// <summary>Copies the current values, in place of those kept before.</summary>
    public void Keep()
    {
        foreach (var value in _values)
            value.Keep();
    }

    /// <summary>Puts back the values kept last, if any.</summary>
    public void Restore()
    {
        foreach (var value in _values)
            value.Restore();
    }

    /// <summary>Returns the values kept last, a tensor for each; nulls if none were kept.</summary>
    public IEnumerable<Tensor?> Kept() => _values.Select(value => value.Kept());

    public void Dispose()
    {
        foreach (var value in _values)
            value.Dispose();
    }
}
