using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Ensembles;

/// <summary>The options of <see cref="BatchEnsemble"/>. Immutable.</summary>
public sealed record BatchEnsembleOptions
{
    /// <summary>
    /// Gets the standard deviation of the scales around 1 at the start, which makes the members differ; at least 0, and 0.5 by default. A network that
    /// is trained already keeps more of what it has learned with a smaller one.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double Spread { get; init => field = Require.NonNegativeAndFinite(value, nameof(Spread)); } = 0.5;

    /// <summary>Gets the prior of each weight of a member; N(0, 1) by default. It must not learn anything itself.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public Prior Prior { get; init => field = value ?? throw new ArgumentNullException(nameof(Prior)); } = NormalPrior.Standard;

    /// <summary>Gets a function that makes another instance of a network with a forward of its own (<c>BayesianConversion.Copy</c>).</summary>
    public Func<nn.Module>? Copy { get; init; }
}
