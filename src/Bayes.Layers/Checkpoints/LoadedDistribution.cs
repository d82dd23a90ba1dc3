using Bayes.Layers.Likelihoods;
using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>
/// A distribution over functions that <c>Checkpoint.LoadDistribution</c> made from a file, with the saved likelihood and loss. Owns all of them, and
/// all networks of an ensemble.
/// </summary>
public sealed class LoadedDistribution : LoadedFile
{
    internal LoadedDistribution(FunctionDistribution distribution, IReadOnlyList<nn.Module> modules, Likelihood? likelihood, ElboLoss? loss)
        : base(modules, likelihood, loss) => Distribution = distribution;

    /// <summary>Gets the distribution, whose modules are in evaluation mode.</summary>
    public FunctionDistribution Distribution { get; }
}
