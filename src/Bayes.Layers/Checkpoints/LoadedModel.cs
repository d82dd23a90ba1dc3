using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Checkpoints;

/// <summary>A model that <c>Checkpoint.LoadModel</c> made from a file, with the likelihood and the loss that were saved with it. Owns all of
/// them.</summary>
public sealed class LoadedModel : IDisposable
{
    private readonly Likelihood? _likelihood;

    internal LoadedModel(BayesianModule model, Likelihood? likelihood, ElboLoss? loss)
    {
        Model = model;
        _likelihood = likelihood;
        Loss = loss;
    }

    /// <summary>The model, in evaluation mode.</summary>
    public BayesianModule Model { get; }

    /// <summary>p(y | f) of the loss or likelihood that was saved with the model.</summary>
    /// <exception cref="InvalidOperationException">The file has no likelihood.</exception>
    public Likelihood Likelihood => _likelihood ?? throw new InvalidOperationException(
        "The file has no likelihood, since the model was saved alone; "
        + "save it with Checkpoint.Save(model, path, loss), or give the predictor a likelihood.");

    /// <summary>The loss that was saved with the model, with its data set's size and beta; null if none was.</summary>
    public ElboLoss? Loss { get; }

    /// <summary>Frees the model, and what the likelihood has learned.</summary>
    public void Dispose()
    {
        Model.Dispose();
        Loss?.Dispose();
        _likelihood?.Parameters?.Dispose();
    }
}
