using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Maps;
using Bayes.Layers.Modules;
using Bayes.Layers.Numerics;
using Bayes.Layers.Posteriors;
using Bayes.Layers.Prediction;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Carries the mean and the variance of every value through the network in one pass, without draws (Hernández-Lobato &amp; Adams 2015,
/// "Probabilistic Backpropagation for Scalable Learning of Bayesian Neural Networks"; Wu et al. 2019, "Deterministic Variational Inference for Robust
/// Bayesian Neural Networks"; Goulet, Nguyen &amp; Amiri 2021, "Tractable Approximate Gaussian Inference for Bayesian Neural Networks"). As the
/// estimator of a training it descends −E[log p(y | f)] + KL / N under normal outputs, without noise. <see cref="Predict"/> needs one pass.
/// </summary>
/// <remarks>
/// The values of a layer are treated as independent of each other, and sums as normal. Both are exact for a network of one random layer; behind it,
/// units that depend on the same weights are correlated, which is ignored. Linear layers and convolutions, elementwise functions, dropout, pooling by
/// means, BatchNorm in evaluation mode and residuals pass; a module of your own overrides <see cref="BayesianModule.PropagateMoments"/>. Recurrent
/// layers, attention, pooling by maxima and weights that are used several times are refused.
/// <c>model.Sample</c> with this estimator returns the mean of the outputs.
/// </remarks>
/// <example>
/// <code>
/// var loss = ElboLoss.Gaussian(datasetSize: 400);
/// new VariationalTrainer(model, loss, new() { Estimator = MomentPropagation.Instance }).Fit(inputs, targets);
/// using var prediction = MomentPropagation.Predict(model, loss.Likelihood, newInputs);
/// </code>
/// </example>
public sealed class MomentPropagation : Estimator
{
    private MomentPropagation() : base(samples: 1)
    {
    }

    /// <summary>Gets the only instance.</summary>
    public static MomentPropagation Instance { get; } = new();

    /// <summary>Predicts by one pass: in closed form if the likelihood has one, and else by draws of outputs.</summary>
    /// <param name="model">The network; it is passed in evaluation mode.</param>
    /// <param name="likelihood">p(y | f): that of the loss. A learned noise is copied.</param>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The input does not fit.</exception>
    /// <exception cref="NotSupportedException">A module does not tell the moments of its output.</exception>
    public static ClosedFormPrediction Predict(BayesianModule model, Likelihood likelihood, NetworkInput input)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(likelihood);
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var moments = InManagedCode(model, input) ?? Propagate(model, input);
        return ClosedFormPrediction.OfIndependent(likelihood.Frozen(), moments.Mean, moments.Variance!).MoveToOuter(scope);
    }

    // Null if managed code does not know the network.
    private static Moments? InManagedCode(BayesianModule model, NetworkInput input)
    {
        if (input.Count != 1 || input[0] is not { ndim: 2, is_sparse: false } rows || rows.shape[0] == 0
            || model.BayesianModules().Any(each => each.Gate is not null))
            return null;
        using var evaluation = ModuleMode.Evaluation(model);
        return DenseNetwork.TryOf([model], RowsOfInput.Of(rows)) is { HasMoments: true } network ? network.Moments(rows) : null;
    }

    /// <summary>Computes the mean and the variance of the outputs f, differentiable; the model is passed in evaluation mode.</summary>
    /// <param name="model">The network.</param>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <returns>Moments without the axis of draws, <c>[B, …]</c>; the caller disposes the tensors.</returns>
    /// <exception cref="ArgumentException">The input does not fit.</exception>
    /// <exception cref="NotSupportedException">A module does not tell the moments of its output.</exception>
    public static Moments Propagate(BayesianModule model, NetworkInput input)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        using var evaluation = ModuleMode.Evaluation(model);
        return model.MomentsOf(input, Instance);
    }

    /// <summary>Computes the negative bound of a batch and its parts, differentiable: for a loop of your own.</summary>
    /// <param name="model">The network.</param>
    /// <param name="loss">The likelihood, the number of training examples and beta.</param>
    /// <param name="input"><c>[B, …]</c>.</param>
    /// <param name="target"><c>[B, …]</c>.</param>
    /// <returns>Terms that the caller disposes.</returns>
    /// <exception cref="ArgumentException">Input or target does not fit.</exception>
    /// <exception cref="NotSupportedException">A module does not tell the moments of its output.</exception>
    /// <exception cref="InvalidOperationException">The expectation of the likelihood has no closed form.</exception>
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
    public override string ToString() => nameof(MomentPropagation);

    /// <summary>Returns null: no module draws.</summary>
    /// <inheritdoc/>
    public override Tensor? StandardNormal(nn.Module owner, ReadOnlySpan<long> shape, ScalarType dtype, Device device) => null;

    /// <summary>Gets false: weights are integrated out.</summary>
    public override bool RowsShareFunctions => false;

    /// <inheritdoc/>
    internal override bool PropagatesMoments => true;

    /// <inheritdoc/>
    internal override bool TakesLeaves => true;

    /// <summary>Throws: values have no moments.</summary>
    /// <inheritdoc/>
    protected override Func<Tensor, Tensor> FixWeights(Pass pass, BilinearMap map, WeightPosterior weight, WeightPosterior? bias) =>
        throw new NotSupportedException(
            $"A layer of the map {map?.GetType().Name} was called with values in a pass of {nameof(MomentPropagation)}; expected a call of "
            + $"{nameof(BayesianModule.PropagateMoments)}.");
}
