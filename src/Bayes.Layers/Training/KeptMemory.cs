using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>A copy of an <see cref="OptimizerMemory"/>, to be put back.</summary>
/// <remarks>Owns the copy; dispose it.</remarks>
internal sealed class KeptMemory(OptimizerMemory memory) : IDisposable
{
    private readonly long[] _steps = new long[memory.Count];
    private readonly Tensor?[] _values = new Tensor?[memory.Count * memory.Names.Count];

    /// <summary>Keeps what is remembered now, in place of what was kept before.</summary>
    public void Keep()
    {
        using var noGrad = no_grad();
        for (int parameter = 0; parameter < memory.Count; parameter++)
        {
            _steps[parameter] = memory.Steps(parameter);
            for (int name = 0; name < memory.Names.Count; name++)
                Copy(memory.Get(parameter, name), ref _values[parameter * memory.Names.Count + name]);
        }
    }

    /// <summary>Puts back what was kept last.</summary>
    public void Restore()
    {
        for (int parameter = 0; parameter < memory.Count; parameter++)
        {
            memory.SetSteps(parameter, _steps[parameter]);
            for (int name = 0; name < memory.Names.Count; name++)
                memory.Set(parameter, name, _values[parameter * memory.Names.Count + name]);
        }
    }

    public void Dispose()
    {
        foreach (var value in _values)
            value?.Dispose();
    }

    private static void Copy(Tensor? from, ref Tensor? to)
    {
        if (from is null || to is null)
        {
            to?.Dispose();
            to = from?.detach().clone().Owned();
            return;
        }
        using var scope = NewDisposeScope();
        to.copy_(from);
    }
}
