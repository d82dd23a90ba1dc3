using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>A copy of what a step remembers besides parameters, to be put back.</summary>
/// <remarks>Owns the copy; dispose it. Not the step.</remarks>
internal sealed class KeptMemory(TrainingStep step) : IDisposable
{
    private readonly Dictionary<string, Tensor> _copies = [];

    /// <summary>Keeps what is remembered now, in place of what was kept before.</summary>
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

    /// <summary>Puts back what was kept last.</summary>
    public void Restore() => step.Remember(_copies);

    public void Dispose()
    {
        foreach (var copy in _copies.Values)
            copy.Dispose();
    }
}
