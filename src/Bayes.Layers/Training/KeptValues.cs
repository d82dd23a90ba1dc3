using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>Copies of some tensors' values, to be put back in place: whoever holds the tensors, or views of them, sees the old values again.</summary>
/// <remarks>Owns the copies; dispose it.</remarks>
internal sealed class KeptValues(IEnumerable<Tensor> tensors) : IDisposable
{
    private readonly Tensor[] _tensors = [.. tensors];
    private Tensor[] _copies = [];

    /// <summary>Whether all values of now are finite.</summary>
    public bool AreFinite => Array.TrueForAll(_tensors, Finiteness.IsFinite);

    /// <summary>Keeps the values of now, in place of those kept before.</summary>
    public void Keep()
    {
        if (_tensors.Length == 0)
            return;
        using var noGrad = no_grad();
        if (_copies.Length == 0)
            _copies = [.. _tensors.Select(tensor => tensor.detach().clone().Owned())];
        else
            Copy(_tensors, _copies);
    }

    /// <summary>Puts back what was kept last, if anything was.</summary>
    public void Restore()
    {
        if (_copies.Length == 0)
            return;
        using var noGrad = no_grad();
        Copy(_copies, _tensors);
    }

    public void Dispose()
    {
        foreach (var copy in _copies)
            copy.Dispose();
    }

    private static void Copy(Tensor[] from, Tensor[] to)
    {
        using var scope = NewDisposeScope();
        foreach (var (source, target) in from.Zip(to))
            target.copy_(source);
    }
}
