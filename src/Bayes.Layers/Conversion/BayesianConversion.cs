using System.IO.Enumeration;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Priors;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>
/// Options for making a plain network Bayesian. By default every layer becomes Bayesian, the posterior's means are the network's weights, and its
/// standard deviations are small (<see cref="FanInInitializer"/>), under the prior N(0, 1).
/// </summary>
public sealed record BayesianConversion
{
    /// <summary>Gets the prior of weights, and of biases unless <see cref="BiasPrior"/> is set; not used with <see cref="Moped"/>.</summary>
    public Prior Prior { get; init; } = NormalPrior.Standard;

    /// <summary>Gets the prior of biases; null, the default, for that of weights.</summary>
    public Prior? BiasPrior { get; init; }

    /// <summary>
    /// Gets the family of the posterior, its initial variances, and its initial means if the network's weights are not kept. With
    /// <see cref="Moped"/>, only the family is used.
    /// </summary>
    public PosteriorInitializer Initializer { get; init; } = new FanInInitializer();

    /// <summary>Gets whether the posterior's means start at the network's weights; true by default.</summary>
    public bool KeepsWeights { get; init; } = true;

    /// <summary>Gets the settings for priors and posteriors from the network's weights; null by default.</summary>
    public Moped? Moped { get; init; }

    /// <summary>
    /// Gets whether only the last layer becomes Bayesian. The layers before it stay plain, and run once for any number of draws. Freeze them with
    /// <c>requires_grad = false</c> to train the last layer alone.
    /// </summary>
    public bool LastLayerOnly { get; init; }

    /// <summary>
    /// Gets whether the weights stay plain, and <c>nn.Dropout</c>, <c>Dropout1d</c>, <c>Dropout2d</c> and <c>Dropout3d</c> become
    /// <see cref="MonteCarloDropout"/>, which is random in evaluation too. This gives the epistemic variance of a network that was trained with
    /// dropout, without more training (Gal &amp; Ghahramani 2016, "Dropout as a Bayesian Approximation"). False by default: dropout then stays
    /// plain, and is off in evaluation.
    /// </summary>
    public bool MonteCarloDropoutOnly { get; init; }

    /// <summary>
    /// Gets whether TorchSharp's transformer modules, which take the sequence first, become modules that take the batch first,
    /// <c>[B, T, size]</c>. If false, the default, the converted network computes exactly what the plain one does of the same input, but it cannot
    /// predict by itself: a prediction passes axis 0 in blocks. If true, pass the network what the plain one takes with its first two axes
    /// exchanged.
    /// </summary>
    public bool BatchFirst { get; init; }

    /// <summary>
    /// Gets the function that selects the layers to make Bayesian, by path in the network (as in <c>named_modules</c>) and module; all by default.
    /// </summary>
    public Func<string, nn.Module, bool> Select { get; init; } = (_, _) => true;

    /// <summary>
    /// Gets the paths of the layers to make Bayesian, in addition to <see cref="Select"/>: <c>layer4.*</c>, <c>fc</c>. A star stands for any
    /// characters; all paths by default.
    /// </summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Gets the form of the Bayesian network. By default layers if the whole network can go that way, and weight space otherwise.</summary>
    public ConversionForm Form { get; init; }

    /// <summary>
    /// Gets the output that is predicted, if the network returns a tuple of tensors: its position, from 0. By default all of them, joined for a
    /// <see cref="Likelihoods.JointLikelihood"/>.
    /// </summary>
    public int? Output { get; init; }

    /// <summary>
    /// Gets an example of the input, at least one row, by which <see cref="LastLayerOnly"/> finds the layer that runs last in a forward of your own.
    /// Without one, it is the layer that was registered last, and the first pass checks that.
    /// </summary>
    public NetworkInput? Example { get; init; }

    /// <summary>
    /// Gets a function that makes another instance of the network, with any weights, for what needs a second one in weight space: predictions on
    /// several threads, which take one for each, and a plain network of one draw (<c>ToDeterministic(seed, draw)</c>). Null by default: draws then
    /// run one after the other, on the calling thread.
    /// </summary>
    public Func<nn.Module>? Copy { get; init; }

    /// <summary>Gets whether a module with parameters but without a conversion stays plain. If false, the default, it is refused.</summary>
    public bool KeepsUnsupported { get; init; }

    /// <summary>Gets conversions of your own modules, which take precedence over the library's.</summary>
    public IReadOnlyList<LayerConversion> Layers { get; init; } = [];

    /// <summary>Determines whether the options select a layer.</summary>
    internal bool Selects(string path, nn.Module layer) =>
        (Paths.Count == 0 || Paths.Any(pattern => Matches(pattern, path))) && Select(path, layer);

    // The path of the network itself is empty, which only a star alone stands for.
    internal static bool Matches(string pattern, string path) =>
        pattern == "*" || FileSystemName.MatchesSimpleExpression(pattern, path, ignoreCase: false);

    /// <summary>Returns the prior of a parameter.</summary>
    internal Prior PriorOf(Tensor parameter, bool isBias) => Moped?.PriorOf(parameter) ?? (isBias ? BiasPrior ?? Prior : Prior);

    internal LayerStart StartOf(Tensor weight, Tensor? bias)
    {
        return new LayerStart(
            bias is not null, PriorOf(weight, isBias: false), bias is null ? BiasPrior ?? Prior : PriorOf(bias, isBias: true),
            Initializer, weight.device, weight.dtype);
    }

    /// <summary>Sets the posterior of a new layer from a weight of the network.</summary>
    internal void Start(PosteriorFamily family, WeightPosterior posterior, Tensor weight)
    {
        if (Moped is { } moped)
            foreach (var (parameter, value) in posterior.Parameters.Zip(family.Start(weight, moped.LogVarianceOf(weight), TorchNoise.Global)))
                parameter.Value.copy_(value);
        else if (KeepsWeights)
            posterior.Mean.copy_(weight);
    }
}
