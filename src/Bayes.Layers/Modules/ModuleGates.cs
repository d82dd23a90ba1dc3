using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// Holds the locks of all modules in a tree whose parameters have other values during a pass, until disposed, so that a thread that reads parameters
/// sees none of a pass on another thread. The same thread may run passes meanwhile.
/// </summary>
internal sealed class ModuleGates : IDisposable
{
    // Two threads that need several locks get them one after the other.
    private static readonly Lock Several = new();

    private readonly List<Lock> _held = [];

    private ModuleGates()
    {
    }

    /// <summary>Waits for the passes of other threads, and keeps them from beginning.</summary>
    public static ModuleGates Hold(nn.Module root)
    {
        var held = new ModuleGates();
        Lock[] gates = [.. root.BayesianModules().Select(module => module.Gate).OfType<Lock>()];
        if (gates.Length < 2)
            held.Enter(gates);
        else
            lock (Several)
                held.Enter(gates);
        return held;
    }

    /// <summary>Releases the locks.</summary>
    public void Dispose()
    {
        foreach (var gate in _held)
            gate.Exit();
        _held.Clear();
    }

    private void Enter(Lock[] gates)
    {
        foreach (var gate in gates)
        {
            gate.Enter();
            _held.Add(gate);
        }
    }
}
