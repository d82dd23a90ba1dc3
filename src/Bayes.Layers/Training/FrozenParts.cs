using Bayes.Layers.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// The parts of a model whose parameters are all frozen, in evaluation mode until disposed: batch statistics do not move and dropout is off, so that
/// what is frozen gives the same features throughout a training.
/// </summary>
/// <remarks>Apart from <see cref="ModuleMode"/>, whose uses are of whole models: a validation begins and ends inside this one.</remarks>
internal sealed class FrozenParts : IDisposable
{
    // A parent comes before its children, and train() works downwards: putting back in this order ends with each one's own mode.
    private readonly List<(nn.Module Module, bool IsTraining)> _before = [];

    public FrozenParts(nn.Module model) => Add(model);

    public void Dispose()
    {
        foreach (var (module, isTraining) in _before)
            module.train(isTraining);
    }

    private void Add(nn.Module module)
    {
        bool isFrozen = module.parameters().Any() && !module.parameters().Any(parameter => parameter.requires_grad);
        if (isFrozen)
        {
            _before.AddRange(module.modules().Prepend(module).Select(each => (each, each.training)));
            module.train(false);
            return;
        }
        foreach (var child in module.children())
            Add(child);
    }
}
