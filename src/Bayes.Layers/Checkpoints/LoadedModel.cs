using Bayes.Layers.Likelihoods;

namespace Bayes.Layers.Checkpoints;

/// <summary>A model that <c>Checkpoint.LoadModel</c> made from a file, with the saved likelihood and loss. Owns all of them.</summary>
public sealed class LoadedModel : LoadedFile
{
    internal LoadedModel(BayesianModule model, Likelihood? likelihood, ElboLoss? loss) : base([model], likelihood, loss) => Model = model;

    /// <summary>Gets the model, in evaluation mode.</summary>
    public BayesianModule Model { get; }
}
