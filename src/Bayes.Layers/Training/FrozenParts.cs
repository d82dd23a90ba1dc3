using Bayes.Layers.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Keeps fully frozen parts of a model in evaluation mode until it is disposed: batch statistics do not move and dropout is off, so that these parts
/// compute the same features during the whole training.
/// </summary>
/// <remarks>Not a <see cref="ModuleMode"/>, which sets whole models: a validation begins and ends inside this one.</remarks>
internal sealed class FrozenParts : IDisposable
{
    // A parent comes before its children, and train() sets children too: restoring in this order ends with each module's own mode.
    private readonly List<(nn.Module Module, bool IsTraining)> _modes = [];

    public FrozenParts(nn.Module model) => Add(model);

    public void Dispose()
    {
        foreach (var (module, isTraining) in _modes)
            module.train(isTraining);
    }

    private void Add(nn.Module module)
    {
        bool isFrozen = module.parameters().Any() && !module.parameters().Any(parameter => parameter.requires_grad);
        if (isFrozen)
        {
            _modes.AddRange(module.modules().Prepend(module).Select(each => (each, each.training)));
            module.train(false);
            return;
        }
        foreach (var child in module.children())
            Add(child);
    }
}
