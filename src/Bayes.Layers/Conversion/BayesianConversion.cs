using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// How a plain network is made Bayesian. By default every layer becomes Bayesian, the posterior's means are the network's weights, and its
/// standard deviations are small (<see cref="FanInInitializer"/>), under the prior N(0, 1).
/// </summary>
public sealed record BayesianConversion
{
    /// <summary>The prior of weights, and of biases unless <see cref="BiasPrior"/> is another; not used with <see cref="Moped"/>.</summary>
    public Prior Prior { get; init; } = NormalPrior.Standard;

    /// <summary>The prior of biases, where it is another than the weights'.</summary>
    public Prior? BiasPrior { get; init; }

    /// <summary>
    /// Gets the family of the posterior, where its variances start, and its means if the network's weights are not kept. With <see cref="Moped"/> only
    /// the family counts.
    /// </summary>
    public PosteriorInitializer Initializer { get; init; } = new FanInInitializer();

    /// <summary>Whether the posterior's means start at the network's weights.</summary>
    public bool KeepsWeights { get; init; } = true;

    /// <summary>Priors and posteriors from the network's weights; none by default.</summary>
    public Moped? Moped { get; init; }

    /// <summary>
    /// Whether only the last layer becomes Bayesian, and all before it stays plain: it then runs once whatever the number of draws.
    /// Freeze what comes before with <c>requires_grad = false</c> to learn the last layer alone.
    /// </summary>
    public bool LastLayerOnly { get; init; }

    /// <summary>
    /// Gets whether the weights stay plain, and <c>nn.Dropout</c>, <c>Dropout1d</c>, <c>Dropout2d</c> and <c>Dropout3d</c> become
    /// <see cref="MonteCarloDropout"/>, random in evaluation too: the epistemic variance of a finished network that was trained with dropout,
    /// without training it again (Gal &amp; Ghahramani 2016, "Dropout as a Bayesian Approximation"). False by default: dropout then stays plain, and
    /// is off in evaluation.
    /// </summary>
    public bool MonteCarloDropoutOnly { get; init; }

    /// <summary>Which layers become Bayesian, by path in the network (as in <c>named_modules</c>) and module; all by default.</summary>
    public Func<string, nn.Module, bool> Select { get; init; } = (_, _) => true;

    /// <summary>Whether a module with parameters that no conversion knows stays plain; otherwise it is refused.</summary>
    public bool KeepsUnsupported { get; init; }

    /// <summary>Conversions of modules of one's own; they come before the library's.</summary>
    public IReadOnlyList<LayerConversion> Layers { get; init; } = [];

    internal LayerStart StartOf(Tensor weight, Tensor? bias)
    {
        var prior = Moped?.PriorOf(weight) ?? Prior;
        var biasPrior = bias is not null && Moped is { } moped ? moped.PriorOf(bias) : BiasPrior ?? Prior;
        return new LayerStart(bias is not null, prior, biasPrior, Initializer, weight.device, weight.dtype);
    }

    /// <summary>Puts a weight of the network into the posterior of a new layer.</summary>
    internal void Start(PosteriorFamily family, WeightPosterior posterior, Tensor weight)
    {
        if (Moped is { } moped)
            foreach (var (parameter, value) in posterior.Parameters.Zip(family.Start(weight, moped.LogVarianceOf(weight), TorchNoise.Global)))
                parameter.Value.copy_(value);
        else if (KeepsWeights)
            posterior.Mean.copy_(weight);
    }
}
