using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Maps;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Trains and predicts a network whose last layer alone is random, without draws: its outputs are normal given the features, x Wᵀ ~ N(x muᵀ, x S xᵀ),
/// so the bound is in closed form (Harrison, Willes &amp; Snoek 2024, "Variational Bayesian Last Layers", §3). As the estimator of a training it
/// descends −E[log p(y | f)] + KL / N, or an upper bound of it for classes (<see cref="Likelihood.ExpectedLogProbability"/>), over features and
/// last layer together. <see cref="Predict"/> needs one pass.
/// </summary>
/// <remarks>
/// The network is any <see cref="BayesianModule"/> that ends in a <see cref="BayesianLinear"/> on <c>[B, features]</c>, with plain modules before it.
/// The posterior of that layer is independent weights, <see cref="LowRankFamily"/>, <see cref="RowFamily"/> (a full covariance for each output) or
/// <see cref="FullNormalFamily"/>. <c>model.Sample</c> with this estimator returns the mean of the outputs. Use <c>MonteCarloPredictive</c> for draws
/// of functions: the model is one like any other.
/// </remarks>
/// <example>
/// <code>
/// var model = new BayesianSequential(Linear(13, 50), ReLU(), new BayesianLinear(50, 1));
/// var loss = ElboLoss.Gaussian(datasetSize: 400);
/// new VariationalTrainer(model, loss, new() { Estimator = VariationalLastLayer.Instance }).Fit(inputs, targets);
/// using var prediction = VariationalLastLayer.Predict(model, loss.Likelihood, newInputs);
/// </code>
/// </example>
public sealed class VariationalLastLayer : Estimator
{
    private VariationalLastLayer() : base(samples: 1)
    {
    }

    /// <summary>Gets the only instance.</summary>
    public static VariationalLastLayer Instance { get; } = new();

    /// <summary>Predicts in closed form, by one pass.</summary>
    /// <param name="model">The network; it is passed in evaluation mode.</param>
    /// <param name="likelihood">p(y | f): that of the loss. A learned noise is copied.</param>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="joint">Whether to compute the covariance of the outputs of a row; null for up to 64 outputs.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The input does not fit.</exception>
    /// <exception cref="InvalidOperationException">The last layer is not the only random one, or its posterior has no closed form.</exception>
    public static ClosedFormPrediction Predict(BayesianModule model, Likelihood likelihood, NetworkInput input, bool? joint = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(likelihood);
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var evaluation = ModuleMode.Evaluation(model);
        using var pass = new Pass(Instance) { Model = model };
        var outputs = model.NormalOutputsOf(pass, model.Run(input, pass)) ?? throw new InvalidOperationException(
            $"The {model.GetName()} has no random layer; expected a network that ends in a {nameof(BayesianLinear)}.");
        likelihood.RequireClosedForm(outputs.Spread);
        var mean = outputs.Mean.squeeze(0);
        bool isJoint = joint ?? mean.shape[1] <= ClosedFormPrediction.MostJointOutputs;
        var spread = isJoint ? outputs.Spread.Covariance() : outputs.Spread.Variance();
        return ClosedFormPrediction.Of(likelihood.Frozen(), mean, spread, isJoint).MoveToOuter(scope);
    }

    /// <summary>Computes the negative bound of a batch and its parts, differentiable: for a loop of your own.</summary>
    /// <param name="model">The network.</param>
    /// <param name="loss">The likelihood, the number of training examples and beta.</param>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="target"><c>[B, …]</c>.</param>
    /// <returns>Terms that the caller disposes.</returns>
    /// <exception cref="ArgumentException">Input or target does not fit.</exception>
    /// <exception cref="InvalidOperationException">The last layer is not the only random one, or there is no closed form.</exception>
    public static ElboTerms Evaluate(BayesianModule model, ElboLoss loss, NetworkInput input, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        using var scope = NewDisposeScope();
        var (negativeLogLikelihood, divergence) = model.NegativeLogLikelihoodWithKl(input, target, loss, Instance);
        return loss.Terms(negativeLogLikelihood, divergence, klFactor: 1).MoveToOuterDisposeScope();
    }

    /// <summary>Returns this estimator, which needs no draws.</summary>
    /// <inheritdoc/>
    public override Estimator WithSamples(int samples)
    {
        Require.Positive(samples);
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(VariationalLastLayer);

    /// <summary>Returns null: dropout that samples in predictions is off.</summary>
    /// <inheritdoc/>
    public override Tensor? StandardNormal(nn.Module owner, ReadOnlySpan<long> shape, ScalarType dtype, Device device) => null;

    /// <inheritdoc/>
    internal override bool TakesLeaves => true;

    /// <inheritdoc/>
    protected override Tensor EstimateOutput(Pass pass, BilinearMap map, Tensor input, WeightPosterior weight, WeightPosterior? bias)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(weight);
        using var scope = NewDisposeScope();
        if (pass.Outputs is not null)
            throw new InvalidOperationException(
                $"{nameof(VariationalLastLayer)} found a second random layer; expected plain layers before the last one, which "
                + "ToBayesian with LastLayerOnly makes.");
        if (!map.IsMatrixProduct || input.ndim != 3)
            throw new InvalidOperationException(
                $"The random layer {map.GetType().Name} gets features of shape {Shapes.Describe(input.shape[1..])}; {nameof(VariationalLastLayer)} "
                + "expected a BayesianLinear on [batch, features].");
        if (pass.LeavesOf(map, input) is { } leaves)
            return WithLeaves(pass, leaves, input, weight, bias).MoveToOuterDisposeScope();
        var mean = map.Apply(input, pass.Mean(weight), pass.Mean(bias));
        var spread = SpreadOf(pass, weight, input.squeeze(0));
        if (bias is not null)
            spread = spread.Plus(SpreadOf(pass, bias, rows: null));
        pass.Keep(spread.Independent);
        if (spread.Root is not null)
            pass.Keep(spread.Root);
        pass.Outputs = new NormalOutputs(pass.Keep(mean.alias()), spread);
        return mean.MoveToOuterDisposeScope();
    }

    /// <summary>Throws: weights that are used several times are not those of a last layer.</summary>
    /// <inheritdoc/>
    protected override Func<Tensor, Tensor> FixWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias) =>
        throw new InvalidOperationException(
            $"A layer uses its weights several times in a pass; {nameof(VariationalLastLayer)} expected a BayesianLinear at the end alone.");

    // Independent weights, whose gradient is computed by hand.
    private static Tensor WithLeaves(Pass pass, IPosteriorLeaves leaves, Tensor input, WeightPosterior weight, WeightPosterior? bias)
    {
        var layer = new TwoProducts(
            input, (leaves.Mean(weight), bias is null ? null : leaves.Mean(bias)),
            (leaves.Variance(weight), bias is null ? null : leaves.Variance(bias)));
        leaves.Add(layer);
        using var noGrad = no_grad();
        var rows = layer.Rows;
        var (first, second) = layer.Multiply(rows.mul(rows), rows.mul(Scalars.Two));
        var (mean, variance) = layer.EndBoth(first, second);
        pass.Outputs = new NormalOutputs(mean, new OutputSpread(variance, Root: null));
        return mean.alias();
    }

    private static OutputSpread SpreadOf(Pass pass, WeightPosterior posterior, Tensor? rows) => posterior.SpreadOf(rows, pass.Variance)
        ?? throw new InvalidOperationException(
            $"A {posterior.GetType().Name} does not tell how outputs vary with it; expected independent weights, {nameof(LowRankFamily)}, "
            + $"{nameof(RowFamily)} or {nameof(FullNormalFamily)} without a shared name.");
}
