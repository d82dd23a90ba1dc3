using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Copies of some tensors' values, to be put back in place: whoever holds the tensors, or views of them, sees the old values again.
/// </summary>
/// <remarks>Owns the copies; dispose it.</remarks>
internal sealed class KeptValues(IEnumerable<Tensor> tensors) : IDisposable
{
    private readonly KeptValue[] _values = [.. tensors.Select(KeptValue.Of)];

    /// <summary>Whether all values of now are finite.</summary>
    public bool AreFinite => Array.TrueForAll(_values, value => value.IsFinite);

    /// <summary>Keeps the values of now, in place of those kept before.</summary>
    public void Keep()
    {
        foreach (var value in _values)
            value.Keep();
    }

    /// <summary>Puts back what was kept last, if anything was.</summary>
    public void Restore()
    {
        foreach (var value in _values)
            value.Restore();
    }

    /// <summary>Returns what was kept, a tensor for each; nulls if nothing was.</summary>
    public IEnumerable<Tensor?> Kept() => _values.Select(value => value.Kept());

    public void Dispose()
    {
        foreach (var value in _values)
            value.Dispose();
    }
}
