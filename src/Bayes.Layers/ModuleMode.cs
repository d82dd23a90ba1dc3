using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// A module tree in training or in evaluation mode (dropout off, batch statistics fixed) until disposed; then every module has the
/// mode that it had, also after an exception.
/// </summary>
internal sealed class ModuleMode : IDisposable
{
    private readonly (nn.Module Module, bool Training)[] _before;

    private ModuleMode(nn.Module module, bool training)
    {
        // A parent stands before its children, and train() works downwards: restoring in this order ends with each one's own.
        _before = [.. Tree(module).Select(each => (each, each.training))];
        module.train(training);
    }

    /// <summary>All of the tree in evaluation mode; none where it is already.</summary>
    public static ModuleMode? Evaluation(nn.Module module) => Tree(module).Any(each => each.training) ? new(module, training: false) : null;

    /// <summary>All of the tree in training mode; none where its root is already, since then parts were put into evaluation mode on purpose.</summary>
    public static ModuleMode? Training(nn.Module module) => module.training ? null : new(module, training: true);

    public void Dispose()
    {
        foreach (var (module, training) in _before)
            module.train(training);
    }

    private static IEnumerable<nn.Module> Tree(nn.Module module) => module.modules().Prepend(module);
}
