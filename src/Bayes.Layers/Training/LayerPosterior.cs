using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using TorchSharp.Modules;

namespace Bayes.Layers.Training;

/// <summary>The posterior of one weight tensor of a layer, its prior, and how its parameters are replaced.</summary>
internal sealed record LayerPosterior(MeanFieldNormal Posterior, Prior Prior, Action<Parameter, Parameter> Replace)
{
    /// <summary>The weight's and, where there is one, the bias's.</summary>
    public static IEnumerable<LayerPosterior> Of(BayesianLayer layer)
    {
        yield return new(layer.WeightPosterior, layer.WeightPrior, (mean, logVariance) => (layer.weight_mu, layer.weight_log_var) = (mean, logVariance));
        if (layer.BiasPosterior is { } bias)
            yield return new(bias, layer.BiasPrior!, (mean, logVariance) => (layer.bias_mu, layer.bias_log_var) = (mean, logVariance));
    }
}
