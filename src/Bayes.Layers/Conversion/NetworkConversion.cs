using Bayes.Layers.Estimators;
using Bayes.Layers.Networks;
using static TorchSharp.torch;

namespace Bayes.Layers.Conversion;

/// <summary>Converts plain TorchSharp networks to Bayesian ones, and Bayesian networks to plain ones.</summary>
public static class NetworkConversion
{
    /// <summary>
    /// Makes a network Bayesian. Layers become Bayesian layers of the same sizes, and each <c>nn.Sequential</c>, also a nested one, a
    /// <see cref="BayesianSequential"/> that keeps the names of its children (<c>0.weight</c> becomes <c>0.weight_mu</c>). Types are compared
    /// exactly, never by name. Layers that share a parameter share one posterior. A frozen layer (<c>requires_grad = false</c>) stays plain. A
    /// module with an option that its Bayesian counterpart lacks is refused, with the option's name.
    /// </summary>
    /// <param name="network">
    /// The network, which does not change; its weights are copied. Modules that stay plain (activations, pooling, normalisation) are the same
    /// objects in both networks: use and dispose only one of the two. No other thread may use the network during the call.
    /// </param>
    /// <param name="options">The options; a <see cref="BayesianConversion"/> with its defaults by default.</param>
    /// <returns>A new module that the caller disposes, on the network's device and of its type.</returns>
    /// <exception cref="ArgumentException">
    /// A module has parameters but no conversion, or an option that cannot be kept (the message names its path), or nothing became Bayesian.
    /// </exception>
    public static BayesianModule ToBayesian(this nn.Module<Tensor, Tensor> network, BayesianConversion? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (network is BayesianModule)
            throw new ArgumentException($"The network is a {network.GetName()}, which is already Bayesian; expected a plain one.", nameof(network));
        options ??= new BayesianConversion();
        NetworkCall.Require(network, options.Output);
        var weightSpace = new WeightSpaceConversion(network, options);
        if (options.Form == ConversionForm.WeightSpace || options.Form == ConversionForm.Automatic && weightSpace.IsNeeded())
            return weightSpace.Convert();
        return new BayesianPass(network, options).ConvertRoot(network) as BayesianModule ?? throw NothingConverted.Error(network, options);
    }

    /// <summary>Makes a network of any type Bayesian, as it is: one with up to four inputs, up to three outputs in a tuple, and
    /// any forward. Several outputs are joined for a <see cref="Likelihoods.JointLikelihood"/>, or one is chosen (<see
    /// cref="BayesianConversion.Output"/>).</summary>
    /// <param name="network">The network, which the result owns. Its parameters become the posterior's means.</param>
    /// <param name="options">The options; a <see cref="BayesianConversion"/> with its defaults by default.</param>
    /// <returns>A new module around the network that the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// The network takes or returns something else than tensors, or has an option that cannot be kept, or nothing became Bayesian.
    /// </exception>
    public static BayesianModule ToBayesian(this nn.Module network, BayesianConversion? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network is nn.Module<Tensor, Tensor> single ? single.ToBayesian(options)
            : new WeightSpaceConversion(network, options ?? new BayesianConversion()).Convert();
    }

    /// <summary>
    /// Returns the plain network whose weights are the posterior's means. It computes the same as <see cref="PosteriorMean"/>, without a posterior.
    /// Its output is not the mean of the predictions.
    /// </summary>
    /// <param name="model">The model, which does not change. Its plain modules are the same objects in both networks.</param>
    /// <param name="layers">Conversions of your own modules.</param>
    /// <returns>A new module that the caller disposes, on the model's device and of its type.</returns>
    /// <exception cref="ArgumentException">A Bayesian module has no conversion; the message names its path.</exception>
    public static nn.Module<Tensor, Tensor> ToDeterministic(this BayesianModule model, params IEnumerable<LayerConversion> layers)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(layers);
        return new DeterministicPass(layers, posterior => posterior.Mean, isMean: true).ConvertRoot(model);
    }

    /// <inheritdoc cref="ToDeterministic(BayesianModule, IEnumerable{LayerConversion})"/>
    /// <remarks>Takes an array, since F# and Visual Basic support only arrays as <c>params</c>.</remarks>
    public static nn.Module<Tensor, Tensor> ToDeterministic(this BayesianModule model, params LayerConversion[] layers) =>
        model.ToDeterministic(layers.AsEnumerable());

    /// <inheritdoc cref="ToDeterministic(BayesianModule, long, int, IEnumerable{LayerConversion})"/>
    /// <remarks>Takes an array, since F# and Visual Basic support only arrays as <c>params</c>.</remarks>
    public static nn.Module<Tensor, Tensor> ToDeterministic(this BayesianModule model, long seed, int draw, params LayerConversion[] layers) =>
        model.ToDeterministic(seed, draw, layers.AsEnumerable());

    /// <summary>
    /// Returns the plain network that is draw <paramref name="draw"/> of a seed: the same function as that draw in <see cref="PosteriorDraws"/> and
    /// <see cref="MonteCarloPredictive"/>.
    /// </summary>
    /// <param name="model">The model, which does not change. Its plain modules are the same objects in both networks.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="draw">The number of the draw; at least 0.</param>
    /// <param name="layers">Conversions of your own modules.</param>
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
