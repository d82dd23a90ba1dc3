using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>Represents the objects that were made from a file, and owns them.</summary>
public abstract class LoadedFile : IDisposable
{
    private readonly IReadOnlyList<nn.Module> _modules;
    private readonly Likelihood? _likelihood;

    private protected LoadedFile(IReadOnlyList<nn.Module> modules, Likelihood? likelihood, ElboLoss? loss)
    {
        _modules = modules;
        _likelihood = likelihood;
        Loss = loss;
    }

    /// <summary>Gets p(y | f), the saved likelihood or that of the saved loss.</summary>
    /// <exception cref="InvalidOperationException">The file has no likelihood.</exception>
    public Likelihood Likelihood => _likelihood ?? throw new InvalidOperationException(
        "The file has no likelihood, since the model was saved alone; "
        + "save it with Checkpoint.Save(model, path, loss), or give the predictor a likelihood.");

    /// <summary>Gets the saved loss, with its data set's size and beta; null if none was saved.</summary>
    public ElboLoss? Loss { get; }

    /// <summary>Disposes the modules, and the learned parameters of the likelihood.</summary>
    public void Dispose()
    {
        foreach (var module in _modules)
            module.Dispose();
        Loss?.Dispose();
        _likelihood?.Parameters?.Dispose();
    }
}
