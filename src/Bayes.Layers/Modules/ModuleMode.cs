using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// The use of a module tree in training or in evaluation mode (dropout off, batch statistics fixed) until disposed, also after an exception. Uses
/// of modules that have a
/// part in common are counted: predictions at the same time share the mode, and the last one puts back what each module had. While a training uses a
/// module, no other thread can (decision 27).
/// </summary>
internal sealed class ModuleMode : IDisposable
{
    private static readonly Lock Gate = new();

    // Uses that have not been put back, in the order in which they began; an ended one waits there for those that share modules with it.
    private static readonly List<ModuleMode> Uses = [];

    private readonly HashSet<nn.Module> _modules;
    private readonly (nn.Module Module, bool Training)[] _before;
    private readonly bool _wasTraining;
    private readonly int? _trainingThread;
    private bool _isEnded;

    private ModuleMode(nn.Module[] tree, bool isTraining)
    {
        _modules = new(tree, ReferenceEqualityComparer.Instance);
        // A parent comes before its children, and train() works downwards: putting back in this order ends with each one's own mode.
        _before = [.. tree.Select(each => (each, each.training))];
        _wasTraining = _before.Any(each => each.Training);
        _trainingThread = isTraining ? Environment.CurrentManagedThreadId : null;
    }

    /// <summary>Puts all of the tree into evaluation mode.</summary>
    /// <exception cref="InvalidOperationException">Another thread trains the model or a part of it.</exception>
    public static ModuleMode Evaluation(nn.Module module)
    {
        var tree = Tree(module);
        lock (Gate)
        {
            var use = new ModuleMode(tree, isTraining: false);
            if (use.Others(shared => shared.IsTrainingOfAnotherThread).Any())
                throw new InvalidOperationException(
                    $"This {module.GetName()}, or a part of it, is being trained on another thread, and a prediction would switch it to evaluation mode in the "
                    + "middle of a step; predict on the training thread, as a class of your own that implements IProgress does (Progress<T> reports on other "
                    + "threads), predict with a copy, or wait until Fit has returned.");
            Uses.Add(use);
            if (use._wasTraining)
                module.train(false);
            return use;
        }
    }

    /// <summary>Puts all of the tree into training mode, unless its root is in training mode: then parts were put into evaluation mode on
    /// purpose.</summary>
    /// <exception cref="InvalidOperationException">Another thread uses the model or a part of it.</exception>
    public static ModuleMode Training(nn.Module module)
    {
        var tree = Tree(module);
        lock (Gate)
        {
            var use = new ModuleMode(tree, isTraining: true);
            if (use.Others(shared => shared._trainingThread is null || shared.IsTrainingOfAnotherThread).Any())
                throw new InvalidOperationException(
                    $"This {module.GetName()}, or a part of it, is in use by a prediction, or by a training on another thread; "
                    + "train it when that has ended, or train a copy.");
            Uses.Add(use);
            if (!module.training)
                module.train();
            return use;
        }
    }

    /// <summary>Ends the use.</summary>
    public void Dispose()
    {
        lock (Gate)
        {
            if (_isEnded)
                return;
            _isEnded = true;
            // Evaluation inside a training of the same thread ends before it.
            var together = _trainingThread is null ? Together() : [this];
            if (together.Any(use => !use._isEnded))
                return;
            for (int i = Uses.Count - 1; i >= 0; i--)
                if (together.Contains(Uses[i]))
                {
                    Uses[i].PutBack();
                    Uses.RemoveAt(i);
                }
        }
    }

    private bool IsTrainingOfAnotherThread => _trainingThread is { } thread && thread != Environment.CurrentManagedThreadId;

    // The evaluations that share modules with this one, or with one that does, and so on: a parent's mode cannot be put back without its children's.
    private HashSet<ModuleMode> Together()
    {
        HashSet<ModuleMode> found = [this];
        var open = new Queue<ModuleMode>([this]);
        while (open.TryDequeue(out var use))
            foreach (var other in use.Others(each => each._trainingThread is null))
                if (found.Add(other))
                    open.Enqueue(other);
        return found;
    }

    private IEnumerable<ModuleMode> Others(Func<ModuleMode, bool> condition) =>
        Uses.Where(other => !ReferenceEquals(other, this) && condition(other) && other._modules.Overlaps(_modules));

    private void PutBack()
    {
        // A prediction that found evaluation mode everywhere changed nothing.
        if (_trainingThread is null && !_wasTraining)
            return;
        foreach (var (module, training) in _before)
            module.train(training);
    }

    private static nn.Module[] Tree(nn.Module module) => [module, .. module.modules()];
}
