using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>What a Bayesian layer is made with in a conversion.</summary>
/// <param name="HasBias">Whether there is a bias.</param>
/// <param name="Prior">The prior of the weight.</param>
/// <param name="BiasPrior">The prior of the bias.</param>
/// <param name="Initializer">How the posterior starts where it does not start from the network's weights.</param>
/// <param name="Device">Where the plain layer's weights are.</param>
/// <param name="Dtype">Their element type.</param>
public sealed record LayerStart(bool HasBias, Prior Prior, Prior BiasPrior, PosteriorInitializer Initializer, Device Device, ScalarType Dtype)
{
    /// <summary>Gets the row of the plain weight that is no random variable, or null.</summary>
    internal long? FixedRow { get; init; }
}
