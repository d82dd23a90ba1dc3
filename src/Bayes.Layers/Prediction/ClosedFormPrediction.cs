using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Describes what a <see cref="LaplaceApproximation"/>, a <see cref="VariationalLastLayer"/> or <see cref="MomentPropagation"/> believes about the
/// targets of some inputs, in closed form: the outputs f of the network are normal. With Gaussian noise the target is normal as well; probabilities
/// of classes are MacKay's approximation (MacKay 1992, "The Evidence Framework Applied to Classification Networks", equation 10).
/// </summary>
/// <remarks>Owns its tensors: dispose it. They also belong to the dispose scope in which it was made. Results of methods belong to the
/// caller.</remarks>
public sealed class ClosedFormPrediction : IPrediction, IDisposable
{
    internal const int MostJointOutputs = 64;

    private readonly Likelihood _likelihood;
    private readonly Tensor _outputMean, _outputVariance;
    private readonly Tensor? _covariance;
    private readonly bool _areIndependent;
    private readonly Tensor? _mean, _aleatoric, _epistemic, _total, _totalStddev, _epistemicStddev, _entropy;

    private ClosedFormPrediction(
        Likelihood likelihood, Tensor outputMean, Tensor outputVariance, Tensor? covariance, bool areIndependent = false)
    {
        _areIndependent = areIndependent;
        _likelihood = likelihood;
        _outputMean = outputMean;
        _outputVariance = outputVariance;
        _covariance = covariance;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var matched = likelihood.OutputUnderNormal(outputMean, outputVariance);
        if (matched is null)
            return;
        _mean = likelihood.Mean(matched);
        if (likelihood.IsOverClasses)
        {
            _total = addcmul(_mean, _mean, _mean, Scalars.MinusOne);
            _entropy = likelihood.EntropyOf(_mean);
        }
        else
        {
            _aleatoric = likelihood.Variance(matched);
            _epistemic = likelihood.VarianceOfMean(outputVariance);
            _epistemicStddev = _epistemic.sqrt();
            _total = _aleatoric.add(_epistemic, Scalars.One);
        }
        _totalStddev = _total.sqrt();
        foreach (var tensor in Own.Skip(3))
            tensor?.MoveToOuterDisposeScope();
    }

    /// <summary>Gets the mean of f, <c>[B, …]</c>: the output of the network itself, or its mean under random weights of several layers.</summary>
    public Tensor OutputMean => _outputMean;

    /// <summary>Gets the variance of each output, <c>[B, …]</c>, in the output's unit squared: what the model does not know.</summary>
    public Tensor OutputVariance => _outputVariance;

    /// <summary>Gets the covariance of the K outputs of each row, <c>[B, K, K]</c>, in row-major order.</summary>
    /// <exception cref="InvalidOperationException">It was not computed, or the outputs are treated as independent.</exception>
    public Tensor OutputCovariance => _covariance ?? throw new InvalidOperationException(
        $"The covariance of the {_outputMean.numel() / _outputMean.shape[0]} outputs of a row was not computed; "
        + (_areIndependent ? $"they are treated as independent, so expected {nameof(OutputVariance)}." : "expected joint: true in Predict."));

    /// <summary>
    /// Computes a score of how unlike the training data each row is: the sum of <see cref="OutputVariance"/> over the outputs of the row, in the
    /// output's unit squared. It grows where the features of a row leave the directions that the data determined.
    /// </summary>
    /// <returns><c>[B]</c>, in double precision.</returns>
    public Tensor OutOfDistributionScores()
    {
        using var scope = NewDisposeScope();
        return _outputVariance.reshape(_outputVariance.shape[0], -1).sum([1L], type: ScalarType.Float64).MoveToOuterDisposeScope();
    }

    /// <summary>Gets E[y | x], <c>[B, …]</c>, in the target's unit; for classes their probabilities.</summary>
    /// <exception cref="InvalidOperationException">The likelihood has no closed form.</exception>
    public Tensor Mean => _mean ?? throw NoClosedForm("mean");

    /// <summary>Gets Var[E[y | f]], <c>[B, …]</c>, in the target's unit squared: what the model does not know.</summary>
    /// <exception cref="InvalidOperationException">The target is not a real number with the output as its mean.</exception>
    public Tensor EpistemicVariance => _epistemic ?? throw NoClosedForm("epistemic variance");

    /// <summary>Gets the square root of <see cref="EpistemicVariance"/>, <c>[B, …]</c>, in the target's unit.</summary>
    /// <inheritdoc cref="EpistemicVariance" path="/exception"/>
    public Tensor EpistemicStddev => _epistemicStddev ?? throw NoClosedForm("epistemic standard deviation");

    /// <summary>Gets E[Var[y | f]], <c>[B, …]</c>, in the target's unit squared: the noise in the data.</summary>
    /// <inheritdoc cref="EpistemicVariance" path="/exception"/>
    public Tensor AleatoricVariance => _aleatoric ?? throw NoClosedForm("aleatoric variance");

    /// <summary>Gets Var[y | x], <c>[B, …]</c>, in the target's unit squared; for classes that of their indicators.</summary>
    /// <inheritdoc cref="Mean" path="/exception"/>
    public Tensor TotalVariance => _total ?? throw NoClosedForm("variance");

    /// <summary>Gets the square root of <see cref="TotalVariance"/>, <c>[B, …]</c>, in the target's unit.</summary>
    /// <inheritdoc cref="Mean" path="/exception"/>
    public Tensor TotalStddev => _totalStddev ?? throw NoClosedForm("standard deviation");

    /// <summary>Gets the entropy of <see cref="Mean"/> in nats, 0 to log C: the whole uncertainty about the class.</summary>
    /// <exception cref="InvalidOperationException">The likelihood is not over classes.</exception>
    public Tensor TotalEntropy => _entropy ?? throw new InvalidOperationException($"{_likelihood} is not over classes, so there is no entropy.");

    /// <inheritdoc/>
    Likelihood IPrediction.Likelihood => _likelihood;

    /// <summary>Computes the central prediction interval of the target, with all uncertainty together.</summary>
    /// <param name="mass">The probability within; above 0, below 1.</param>
    /// <returns>Its ends, each <c>[B, …]</c>, in the target's unit.</returns>
    /// <exception cref="InvalidOperationException">The target is not normal.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mass is outside its range.</exception>
    public (Tensor Lower, Tensor Upper) PredictionInterval(double mass = 0.9)
    {
        Require.Mass(mass);
        RequireNormal("prediction interval");
        using var scope = NewDisposeScope();
        double half = StandardNormal.Quantile(0.5 + mass / 2);
        using Scalar above = half, below = -half;
        return scope.MoveToOuter(_outputMean.add(TotalStddev, below), _outputMean.add(TotalStddev, above));
    }

    /// <summary>Computes log p(y | x) of targets, in nats: exactly for Gaussian noise, from the probabilities for classes.</summary>
    /// <param name="target">y, as the likelihood takes it.</param>
    /// <returns><c>[B]</c>.</returns>
    /// <exception cref="InvalidOperationException">The likelihood has no closed form, or the covariance was not computed.</exception>
    /// <exception cref="ArgumentException">The targets do not fit.</exception>
    public Tensor LogDensityOf(Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // It checks the targets.
        var ofOutput = _likelihood.LogDensity(_likelihood.OutputUnderNormal(_outputMean, _outputVariance) ?? throw NoClosedForm("density"), target);
        if (_likelihood.IsOverClasses)
            return ofOutput.MoveToOuterDisposeScope();
        RequireNormal("density");
        long rows = _outputMean.shape[0], outputs = _outputMean.numel() / rows;
        using Scalar constant = -outputs * StandardNormal.LogOfRootOfTwoPi;
        var residual = target.to(_outputMean.dtype).add(_outputMean, Scalars.MinusOne).to(ScalarType.Float64).reshape(rows, outputs);
        var noise = _aleatoric!.to(ScalarType.Float64).reshape(rows, outputs);
        if (outputs == 1 || _areIndependent)
        {
            var variance = noise.add(_outputVariance.to(ScalarType.Float64).reshape(rows, outputs), Scalars.One);
            return residual.mul(residual).div(variance).add(variance.log(), Scalars.One).sum([1L]).mul(Scalars.MinusHalf)
                .add(constant, Scalars.One).MoveToOuterDisposeScope();
        }
        var root = linalg.cholesky(OutputCovariance.to(ScalarType.Float64).add(diag_embed(noise), Scalars.One));
        var scaled = linalg.solve(root, residual.unsqueeze(-1)).squeeze(-1);
        return scaled.mul(scaled).sum([1L]).mul(Scalars.MinusHalf).add(root.diagonal(0, 1, 2).log().sum([1L]), Scalars.MinusOne)
            .add(constant, Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Draws outputs from their normal distribution, each row alone: how rows depend on each other is known by <see
    /// cref="LaplaceApproximation.Model"/>.
    /// </summary>
    /// <param name="samples">S, the number of draws; at least 1.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>f, <c>[S, B, …]</c>.</returns>
    /// <exception cref="InvalidOperationException">The covariance was not computed.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="samples"/> is below 1.</exception>
    public Tensor OutputDraws(int samples, long seed = 0)
    {
        Require.Positive(samples);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long rows = _outputMean.shape[0], outputs = _outputMean.numel() / rows;
        var noise = NamedNoise.StandardNormal(
            seed, NamedNormals.Stream("outputs of a Laplace approximation"), 0, samples, [outputs], ScalarType.Float64, _outputMean.device);
        var deviations = _areIndependent ? noise.unsqueeze(1).mul(_outputVariance.to(ScalarType.Float64).sqrt().reshape(rows, outputs))
            : Root().reshape(-1, outputs).mm(noise.t()).reshape(rows, outputs, samples).permute(2, 0, 1);
        return deviations.reshape([samples, .. _outputMean.shape]).to(_outputMean.dtype).add(_outputMean, Scalars.One).MoveToOuterDisposeScope();

        Tensor Root()
        {
            var (values, vectors) = linalg.eigh(OutputCovariance.to(ScalarType.Float64));
            return vectors.mul(values.clamp_min(Scalars.Zero).sqrt().unsqueeze(1));
        }
    }

    /// <summary>Predicts by draws of outputs, for every likelihood and with all that a <see cref="Predictive"/> has.</summary>
    /// <param name="samples">S, the number of draws; at least 1.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="target">y, <c>[B, …]</c>, for its log density; or null.</param>
    /// <returns>A prediction that the caller disposes.</returns>
    /// <inheritdoc cref="OutputDraws" path="/exception"/>
    public Predictive ByDraws(int samples = 1_000, long seed = 0, Tensor? target = null)
    {
        using var draws = OutputDraws(samples, seed);
        return Predictive.OfSamples(draws, _likelihood, target);
    }

    /// <summary>Takes the tensors out of the dispose scope in which the prediction was made.</summary>
    /// <returns>This prediction, which the caller then disposes.</returns>
    public ClosedFormPrediction DetachFromDisposeScope()
    {
        foreach (var tensor in Own)
            tensor?.DetachFromDisposeScope();
        return this;
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in Own)
            tensor?.Dispose();
    }

    /// <inheritdoc/>
    (Tensor Below, Tensor UpTo) IPrediction.Cumulative(Tensor target)
    {
        RequireNormal("distribution function");
        using var scope = NewDisposeScope();
        var value = special.ndtr(target.add(_outputMean, Scalars.MinusOne).div(TotalStddev));
        return scope.MoveToOuter(value, value.alias());
    }

    /// <summary>Returns a prediction that owns its tensors.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="mean">The mean of f, <c>[B, …]</c>.</param>
    /// <param name="spread">The covariance <c>[B, K, K]</c> or the variances <c>[B, K]</c>.</param>
    /// <param name="isJoint">Whether it is the covariance.</param>
    internal static ClosedFormPrediction Of(Likelihood likelihood, Tensor mean, Tensor spread, bool isJoint)
    {
        var type = mean.dtype;
        var variance = (isJoint ? spread.diagonal(0, 1, 2) : spread).reshape(mean.shape).to(type).contiguous();
        return new ClosedFormPrediction(likelihood, mean, variance, isJoint ? spread.to(type) : null);
    }

    /// <summary>Returns a prediction of outputs that are independent; it owns its tensors.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="mean">The mean of f, <c>[B, …]</c>.</param>
    /// <param name="variance">Its variance, of the same shape.</param>
    internal static ClosedFormPrediction OfIndependent(Likelihood likelihood, Tensor mean, Tensor variance) =>
        new(likelihood, mean, variance, covariance: null, areIndependent: true);

    /// <summary>Moves the tensors to the scope around one.</summary>
    internal ClosedFormPrediction MoveToOuter(DisposeScope scope)
    {
        foreach (var tensor in Own)
            if (tensor is not null)
                scope.MoveToOuter(tensor);
        return this;
    }

    private IEnumerable<Tensor?> Own =>
        [_outputMean, _outputVariance, _covariance, _mean, _aleatoric, _epistemic, _total, _totalStddev, _epistemicStddev, _entropy];

    private void RequireNormal(string what)
    {
        if (!_likelihood.HasNormalNoise)
            throw NoClosedForm(what);
    }

    private InvalidOperationException NoClosedForm(string what) => new(
        $"There is no {what} in closed form for {_likelihood}; expected {nameof(ByDraws)}, which has it from draws of the outputs.");
}
