using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>The children of a module that is made from parts, by name.</summary>
internal sealed class NamedChildren(ModulePlace place)
{
    private readonly Dictionary<string, nn.Module<Tensor, Tensor>> _all = place.Children().ToDictionary(each => each.Item1, each => each.Item2);

    /// <summary>Returns a child.</summary>
    /// <exception cref="CheckpointException">There is no child of this name and type.</exception>
    public T Get<T>(string name) where T : nn.Module => _all.GetValueOrDefault(name) as T
        ?? throw new CheckpointException($"The file has no {typeof(T).Name} '{name}' where a module needs it; the file is damaged.");
}
