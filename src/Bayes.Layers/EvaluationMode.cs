using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Puts a module tree into evaluation mode (dropout off, batch statistics fixed) until disposed; then every module has the
/// mode that it had, also after an exception. Touches nothing where all is in evaluation mode already.
/// </summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly (nn.Module Module, bool Training)[] _before;

    public EvaluationMode(nn.Module module)
    {
        // A parent stands before its children, and train() works downwards: restoring in this order ends with each one's own.
        _before = [.. module.modules().Prepend(module).Select(each => (each, each.training))];
        if (_before.Any(each => each.Training))
            module.eval();
        else
            _before = [];
    }

    public void Dispose()
    {
        foreach (var (module, training) in _before)
            module.train(training);
    }
}
