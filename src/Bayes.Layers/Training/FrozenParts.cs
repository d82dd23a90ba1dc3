using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// The parts of a model whose parameters are all frozen, in evaluation mode until disposed: batch statistics do not move and dropout is off, so
/// that what is frozen gives the same features throughout a training.
/// </summary>
internal sealed class FrozenParts : IDisposable
{
    private readonly List<ModuleMode> _modes = [];

    private FrozenParts()
    {
    }

    /// <summary>Puts them into evaluation mode.</summary>
    public static FrozenParts Evaluate(nn.Module model)
    {
        var parts = new FrozenParts();
        parts.Add(model);
        return parts;
    }

    public void Dispose()
    {
        foreach (var mode in _modes)
            mode.Dispose();
    }

    private void Add(nn.Module module)
    {
        bool isFrozen = module.parameters().Any() && !module.parameters().Any(parameter => parameter.requires_grad);
        if (!isFrozen)
            foreach (var child in module.children())
                Add(child);
        else if (ModuleMode.Evaluation(module) is { } mode)
            _modes.Add(mode);
    }
}
