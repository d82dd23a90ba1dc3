using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Modules;

/// <summary>A weight tensor of a module that is a random variable.</summary>
/// <param name="Name">Its name in the module: <c>weight</c> or <c>bias</c>.</param>
/// <param name="Posterior">Its posterior.</param>
/// <param name="Prior">Its prior.</param>
/// <param name="Replace">Replaces the posterior's parameters in the module, in the order of <see cref="WeightPosterior.Parameters"/>.</param>
internal sealed record WeightVariable(string Name, WeightPosterior Posterior, Prior Prior, Action<IEnumerable<Parameter>> Replace)
{
    /// <summary>Gets whether this is a bias, which pruning and warnings leave out; by default by its name.</summary>
    public bool IsBias { get; init; } = Name == "bias";

    /// <summary>Gets the mean of log sigma at the start, for diagnostics of what training has changed; null for a bias.</summary>
    public double? InitialLogStddev { get; init; }

    /// <summary>Gets whether an input uses only some rows of the layer's weight; false by default.</summary>
    public bool UsesRows { get; init; }
}
