using Bayes.Layers.Estimators;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Makes plain TorchSharp networks Bayesian, and Bayesian ones plain.</summary>
public static class NetworkConversion
{
    /// <summary>
    /// Makes a network Bayesian: its layers by Bayesian ones of the same sizes, a <c>nn.Sequential</c>, also within another, by a
    /// <see cref="BayesianSequential"/>, with the children's names kept (<c>0.weight</c> becomes <c>0.weight_mu</c>). By exact type, never by name.
    /// Layers that share a parameter share one posterior. A frozen layer (<c>requires_grad = false</c>) stays plain, since a weight that is not
    /// learned is a number; a module with an option that its Bayesian counterpart has not is refused, with the option's name.
    /// </summary>
    /// <param name="network">
    /// The network; it stays as it is, and its weights are copied. Modules that stay plain (activations, pooling, normalisation) are the same
    /// objects in both: dispose one network, not both, and go on with one. No other thread may use the network meanwhile.
    /// </param>
    /// <param name="options">How; <see cref="BayesianConversion"/> with its defaults by default.</param>
    /// <returns>A new module that the caller disposes, on the network's device and of its type.</returns>
    /// <exception cref="ArgumentException">
    /// A module with parameters has no conversion, or an option that cannot be kept (the message names its path), or nothing became Bayesian.
    /// </exception>
    public static BayesianModule ToBayesian(this nn.Module<Tensor, Tensor> network, BayesianConversion? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network is BayesianModule)
            throw new ArgumentException($"The network is a {network.GetName()}, Bayesian already; expected a plain one.", nameof(network));
        options ??= new BayesianConversion();
        return new BayesianPass(network, options).ConvertRoot(network) as BayesianModule ?? throw NothingConverted.Error(network, options);
    }

    /// <summary>
    /// The plain network whose weights are the posterior's means: what <see cref="PosteriorMean"/> computes, without a posterior. It is not the mean
    /// of the predictions.
    /// </summary>
    /// <param name="model">The model; it stays as it is, and its plain modules are the same objects in both.</param>
    /// <param name="layers">Conversions of modules of one's own.</param>
    /// <returns>A new module that the caller disposes, on the model's device and of its type.</returns>
    /// <exception cref="ArgumentException">A Bayesian module has no conversion; the message names its path.</exception>
    public static nn.Module<Tensor, Tensor> ToDeterministic(this BayesianModule model, params IEnumerable<LayerConversion> layers)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(layers);
        return new DeterministicPass(layers, posterior => posterior.Mean, isMean: true).ConvertRoot(model);
    }

    /// <inheritdoc cref="ToDeterministic(BayesianModule, IEnumerable{LayerConversion})"/>
    /// <remarks>An array, since F# and Visual Basic know no other list of arguments.</remarks>
    public static nn.Module<Tensor, Tensor> ToDeterministic(this BayesianModule model, params LayerConversion[] layers) =>
        model.ToDeterministic(layers.AsEnumerable());

    /// <inheritdoc cref="ToDeterministic(BayesianModule, long, int, IEnumerable{LayerConversion})"/>
    /// <remarks>An array, since F# and Visual Basic know no other list of arguments.</remarks>
    public static nn.Module<Tensor, Tensor> ToDeterministic(this BayesianModule model, long seed, int draw, params LayerConversion[] layers) =>
        model.ToDeterministic(seed, draw, layers.AsEnumerable());

    /// <summary>The plain network that is draw <paramref name="draw"/> of a seed: the function that <see cref="PosteriorDraws"/> and <see cref="MonteCarloPredictive"/> know by that name.</summary>
    /// <param name="model">The model; it stays as it is, and its plain modules are the same objects in both.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="draw">The number of the draw; at least 0.</param>
    /// <param name="layers">Conversions of modules of one's own.</param>
    /// <returns>A new module that the caller disposes, on the model's device and of its type.</returns>
    /// <exception cref="ArgumentException">A Bayesian module has no conversion; the message names its path.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="draw"/> is below 0.</exception>
    public static nn.Module<Tensor, Tensor> ToDeterministic(
        this BayesianModule model, long seed, int draw, params IEnumerable<LayerConversion> layers)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(layers);
        using var draws = new PosteriorDraws(seed, count: 1, first: draw);
        draws.Bind(model);
        return new DeterministicPass(layers, posterior => draws.Weights(posterior).squeeze(0), isMean: false).ConvertRoot(model);
    }
}
