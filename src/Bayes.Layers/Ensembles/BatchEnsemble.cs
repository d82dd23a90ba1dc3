using Bayes.Layers.Conversion;
using Bayes.Layers.Estimators;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Bayes.Layers.Ensembles;

/// <summary>
/// Makes cheap ensembles, whose M members share the weights of one network and differ by scales of the inputs and outputs of its layers (Wen, Tran
/// &amp; Ba 2020, "BatchEnsemble: An Alternative Approach to Efficient Ensemble and Lifelong Learning").
/// </summary>
public static class BatchEnsemble
{
    /// <summary>Makes a batch ensemble of a network of one input.</summary>
    /// <inheritdoc cref="ToBatchEnsemble(nn.Module, int, BatchEnsembleOptions?)"/>
    public static BayesianModule ToBatchEnsemble(this nn.Module<Tensor, Tensor> network, int members, BatchEnsembleOptions? options = null) =>
        ((nn.Module)network).ToBatchEnsemble(members, options);

    /// <summary>
    /// Makes a batch ensemble of a network: each linear layer and convolution has the weight W ∘ (s_m r_mᵀ) and the bias b + d_m in member m.
    /// </summary>
    /// <remarks>
    /// <para>A layer of <c>in</c> inputs and <c>out</c> outputs has M (in + 2 out) parameters more than the plain one. Draw k of any seed is member k
    /// mod M, so that a prediction with M draws is exact. Layers of other kinds stay plain, and are the same in all members.</para>
    /// <para>Train it with <c>VariationalTrainer</c>: a step passes all members (<see cref="BayesianModule.TrainingEstimator"/>), on the same rows,
    /// and the loss is −log p(w, y | x) / N of a member on average. <see cref="BayesianModule.KlDivergence()"/> is −log p(w) of a member on
    /// average.</para>
    /// </remarks>
    /// <param name="network">The network, whose weights the members start from. As with <c>ToBayesian</c>, the model takes it over.</param>
    /// <param name="members">M, the number of members; at least 1.</param>
    /// <param name="options">The options; the defaults if null.</param>
    /// <returns>The model, which the caller disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="members"/> is below 1.</exception>
    /// <exception cref="ArgumentException">The network has no linear layer or convolution, or is Bayesian.</exception>
    public static BayesianModule ToBatchEnsemble(this nn.Module network, int members, BatchEnsembleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        Require.Positive(members);
        options ??= new BatchEnsembleOptions();
        var model = network.ToBayesian(new BayesianConversion
        {
            Prior = options.Prior,
            Initializer = new SharedStart { Family = new BatchEnsembleFamily(members, options.Spread) },
            Select = (_, module) => module is Linear or Conv1d or Conv2d or Conv3d,
            Copy = options.Copy,
        });
        model.TrainingEstimator = new Reparameterization(members);
        return model;
    }

    /// <summary>The conversion replaces the means by the weights of the network; the family has no variances.</summary>
    private sealed class SharedStart : PosteriorInitializer
    {
        public override (Tensor Mean, Tensor LogVariance) Initialize(long[] shape, long fanIn, NoiseSource noise, ScalarType dtype) =>
            (zeros(shape, dtype), zeros(shape, dtype));
    }
}
