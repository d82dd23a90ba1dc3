using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>A copy of the tensors that a step remembers besides parameters, to be put back.</summary>
/// <remarks>Owns the copy, not the step; dispose it.</remarks>
internal sealed class KeptMemory(TrainingStep step) : IDisposable
{
    private readonly Dictionary<string, Tensor> _copies = [];

    /// <summary>Copies the current tensors, in place of those kept before.</summary>
    public void Keep()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        if (step.Memory is not { } memory)
            return;
        foreach (string name in _copies.Keys.Except(memory.Keys).ToArray())
        {
            _copies[name].Dispose();
            _copies.Remove(name);
        }
        foreach (var (name, value) in memory)
            if (_copies.TryGetValue(name, out var copy))
                copy.copy_(value);
            else
                _copies.Add(name, value.detach().clone().Owned());
    }

    /// <summary>Puts back the tensors kept last.</summary>
    public void Restore() => step.Remember(_copies);

    public void Dispose()
    {
        foreach (var copy in _copies.Values)
            copy.Dispose();
    }
}
