using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>What was made from a file. Owns everything in it.</summary>
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

    /// <summary>Gets p(y | f) of the loss or likelihood that was saved.</summary>
    /// <exception cref="InvalidOperationException">The file has no likelihood.</exception>
    public Likelihood Likelihood => _likelihood ?? throw new InvalidOperationException(
        "The file has no likelihood, since the model was saved alone; "
        + "save it with Checkpoint.Save(model, path, loss), or give the predictor a likelihood.");

    /// <summary>Gets the loss that was saved, with its data set's size and beta; null if none was.</summary>
    public ElboLoss? Loss { get; }

    /// <summary>Frees the modules, and what the likelihood has learned.</summary>
    public void Dispose()
    {
        foreach (var module in _modules)
            module.Dispose();
        Loss?.Dispose();
        _likelihood?.Parameters?.Dispose();
    }
}
