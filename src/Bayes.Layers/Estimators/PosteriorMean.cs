using Bayes.Layers.Maps;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers.Estimators;

/// <summary>
/// Takes the posterior's mean for the weight: the deterministic mode. The output is that of the plain network with weights
/// mu, which is not the mean of the outputs once the network is nonlinear.
/// </summary>
public sealed class PosteriorMean : Estimator
{
    private PosteriorMean() : base(samples: 1)
    {
    }

    /// <summary>The estimator; it has no state.</summary>
    public static PosteriorMean Instance { get; } = new();

    /// <inheritdoc/>
    protected override Tensor EstimateOutput(BilinearMap map, Tensor input, MeanFieldNormal weight, MeanFieldNormal? bias) =>
        map.Apply(input, weight.Mean, bias?.Mean);
}
