using static TorchSharp.torch;

namespace Bayes.Layers.Modules;

/// <summary>
/// The use of a module tree in training or in evaluation mode (dropout off, batch statistics fixed) until disposed, also after an exception. Uses of
/// overlapping trees are counted: concurrent predictions share the mode, and the last one restores the mode of each module. While a training uses a
/// module, no other thread can use it (decision 27).
/// </summary>
internal sealed class ModuleMode : IDisposable
{
    private static readonly Lock Gate = new();

    // Uses whose modes have not been restored, oldest first; an ended use waits here for those that share modules with it.
    private static readonly List<ModuleMode> Uses = [];

    private readonly HashSet<nn.Module> _modules;
    private readonly (nn.Module Module, bool Training)[] _before;
    private readonly bool _wasTraining;
    private readonly int? _trainingThread;
    private bool _isEnded;

    private ModuleMode(nn.Module[] tree, bool isTraining)
    {
        _modules = new(tree, ReferenceEqualityComparer.Instance);
        // A parent comes before its children, because train() also sets all children: restoring in this order gives each module its own mode.
        _before = [.. tree.Select(each => (each, each.training))];
        _wasTraining = _before.Any(each => each.Training);
        _trainingThread = isTraining ? Environment.CurrentManagedThreadId : null;
    }

    /// <summary>Puts the whole tree into evaluation mode.</summary>
    /// <exception cref="InvalidOperationException">Another thread is training the model or a part of it.</exception>
    public static ModuleMode Evaluation(nn.Module module)
    {
        var tree = Tree(module);
        lock (Gate)
        {
            var use = new ModuleMode(tree, isTraining: false);
            if (use.Others(shared => shared.IsTrainingOfAnotherThread).Any())
                throw new InvalidOperationException(
                    $"This {module.GetName()}, or a part of it, is being trained on another thread, and a prediction would switch it to evaluation "
                    + "mode in the middle of a step; predict on the training thread, for example from your own implementation of IProgress "
                    + "(Progress<T> reports on other threads), predict with a copy, or wait until Fit has returned.");
            Uses.Add(use);
            if (use._wasTraining)
                module.train(false);
            return use;
        }
    }

    /// <summary>Puts the whole tree into training mode, unless its root is already in training mode: then any parts in evaluation mode are
    /// intentional.</summary>
    /// <exception cref="InvalidOperationException">A prediction or another thread is using the model or a part of it.</exception>
    public static ModuleMode Training(nn.Module module)
    {
        var tree = Tree(module);
        lock (Gate)
        {
            var use = new ModuleMode(tree, isTraining: true);
            if (use.Others(shared => shared._trainingThread is null || shared.IsTrainingOfAnotherThread).Any())
                throw new InvalidOperationException(
                    $"This {module.GetName()}, or a part of it, is in use by a prediction, or by a training on another thread; "
                    + "wait until that has ended, or train a copy.");
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
            // A training does not wait: evaluations inside it, on the same thread, have already ended.
            var overlapping = _trainingThread is null ? Overlapping() : [this];
            if (overlapping.Any(use => !use._isEnded))
                return;
            for (int i = Uses.Count - 1; i >= 0; i--)
                if (overlapping.Contains(Uses[i]))
                {
                    Uses[i].Restore();
                    Uses.RemoveAt(i);
                }
        }
    }

    private bool IsTrainingOfAnotherThread => _trainingThread is { } thread && thread != Environment.CurrentManagedThreadId;

    // The evaluations that share modules with this one, directly or through others: a parent's mode cannot be restored without its children's.
    private HashSet<ModuleMode> Overlapping()
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

    private void Restore()
    {
        // An evaluation that found evaluation mode everywhere changed nothing.
        if (_trainingThread is null && !_wasTraining)
            return;
        foreach (var (module, training) in _before)
            module.train(training);
    }

    private static nn.Module[] Tree(nn.Module module) => [module, .. module.modules()];
}
