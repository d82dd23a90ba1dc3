namespace Bayes.Layers.Conversion;

/// <summary>The form that a plain network takes when it becomes Bayesian.</summary>
public enum ConversionForm
{
    /// <summary>Layers if the whole network can go that way, and weight space otherwise.</summary>
    Automatic,

    /// <summary>
    /// Bayesian layers and a <see cref="BayesianSequential"/> in place of the network's own: faster, and for every estimator. A module with a
    /// forward of its own is refused.
    /// </summary>
    Layers,

    /// <summary>A <see cref="WeightSpaceModule"/> around the network as it is, for any forward.</summary>
    WeightSpace,
}
