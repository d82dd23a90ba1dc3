using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>The arguments with which a conversion makes a Bayesian layer.</summary>
/// <param name="HasBias">Whether there is a bias.</param>
/// <param name="Prior">The prior of the weight.</param>
/// <param name="BiasPrior">The prior of the bias.</param>
/// <param name="Initializer">The initializer of the posterior, for the values that do not come from the network's weights.</param>
/// <param name="Device">The device of the plain layer's weights.</param>
/// <param name="Dtype">Their element type.</param>
public sealed record LayerStart(bool HasBias, Prior Prior, Prior BiasPrior, PosteriorInitializer Initializer, Device Device, ScalarType Dtype)
{
    /// <summary>Gets the row of the plain weight that is not random, or null.</summary>
    internal long? FixedRow { get; init; }
}
