using Bayes.Layers.Evaluation;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using Bayes.Layers.Prediction;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Describes what a model believes about the targets of some inputs, and how sure it is: the mixture p(y | x) = mean over draws of p(y | f_s(x)),
/// its moments, and its uncertainty split by kind. <see cref="MonteCarloPredictive"/> makes it.
/// </summary>
/// <remarks>
/// Owns its tensors, which need no gradient: dispose it. The tensors also belong to the dispose scope in which it was made, like TorchSharp's own
/// results; <see cref="DetachFromDisposeScope"/> takes them out. Results of methods belong to the caller.
/// <para>The law of total variance, Var[y] = E[Var[y | f]] + Var[E[y | f]], splits the variance into an aleatoric part, the noise in the data, and
/// an epistemic part, what the model does not know. For classes, entropies do the same: H[y] = E[H[y | f]] + I[y; f] (Depeweg et al. 2018,
/// "Decomposition of Uncertainty in Bayesian Deep Learning for Efficient and Risk-sensitive Learning").</para>
/// <para>An input with a NaN has NaN in its own row, and in no other.</para>
/// </remarks>
public sealed class Predictive : IPrediction, IDisposable
{
    private readonly MixtureMoments _moments;
    private readonly Likelihood _likelihood;
    private readonly ScalarType _dtype;
    private readonly Provenance? _provenance;
    private readonly Tensor? _samples;
    private readonly long[] _shape;
    private readonly PredictiveValues _values;
    private bool _disposed;

    /// <summary>Creates a prediction that owns the moments and the samples.</summary>
    internal Predictive(MixtureMoments moments, Likelihood likelihood, ScalarType dtype, Provenance? provenance, Tensor? samples)
    {
        _moments = moments;
        _likelihood = likelihood;
        _dtype = dtype;
        _provenance = provenance;
        _samples = samples;
        _shape = moments.Mean.shape;
        _values = new PredictiveValues(moments, likelihood, dtype);
    }

    /// <summary>Gets the moments that the prediction is computed from.</summary>
    internal MixtureMoments Moments => _moments;

    /// <summary>Gets p(y | f).</summary>
    public Likelihood Likelihood => _likelihood;

    /// <summary>Gets whether the outputs of all draws were kept, so that <see cref="Samples"/> and the methods that need them work.</summary>
    public bool HasSamples => _samples is not null;

    /// <summary>Gets the element type of the outputs.</summary>
    internal ScalarType ElementType => _dtype;

    /// <summary>Gets where the prediction comes from; null if the samples were given.</summary>
    internal Provenance? Provenance => _provenance;

    /// <summary>Gets the samples, or null if they were not kept.</summary>
    internal Tensor? KeptSamples => _samples;

    /// <summary>Gets S, the number of draws that the prediction rests on.</summary>
    public int SamplesUsed => _moments.Count;

    /// <summary>
    /// Gets the seed of the draws, with which <see cref="MonteCarloPredictive"/> makes the same functions again; null if the samples were given.
    /// </summary>
    public long? Seed => _provenance?.Seed;

    /// <summary>
    /// Gets what a reader of this prediction should know, as a sentence, such as that the chains of a sampler have not mixed; null if there is
    /// nothing (<see cref="FunctionDistribution.Caution"/>).
    /// </summary>
    public string? Caution => _provenance?.Caution;

    /// <summary>
    /// Gets E[y | x], <c>[B, …]</c>, in the target's unit. For classes it holds their probabilities; for a Bernoulli likelihood, that of y = 1.
    /// </summary>
    public Tensor Mean => Alive(_values.Mean);

    /// <summary>
    /// Gets the Monte Carlo standard error of <see cref="Mean"/>, <c>[B, …]</c>, in the target's unit: how far the mean may be off because there are
    /// S draws and not infinitely many. EpistemicStddev / √S.
    /// </summary>
    /// <exception cref="InvalidOperationException">There was one draw.</exception>
    public Tensor StandardErrorOfMean => Alive(_values.StandardErrorOfMean ?? throw OneDraw("standard error of the mean"));

    /// <summary>
    /// Gets the spread of E[y | f_s] over the draws as a standard deviation, <c>[B, …]</c>, in the target's unit: how much the functions disagree,
    /// which more data would reduce. Divisor S − 1, as <c>std</c> of PyTorch and NumPy with ddof = 1.
    /// </summary>
    /// <exception cref="InvalidOperationException">There was one draw: a single function cannot disagree.</exception>
    public Tensor EpistemicStddev => Alive(_values.EpistemicStddev ?? throw OneDraw("epistemic standard deviation"));

    /// <summary>
    /// Gets Var[E[y | f]] over the mixture of the draws, <c>[B, …]</c>, in the target's unit squared. Divisor S, so that the two parts add up to
    /// <see cref="TotalVariance"/> exactly; 0 with one draw.
    /// </summary>
    public Tensor EpistemicVariance => Alive(_values.EpistemicVariance);

    /// <summary>Gets E[Var[y | f]], <c>[B, …]</c>, in the target's unit squared: the noise in the data, which more data would not reduce.</summary>
    public Tensor AleatoricVariance => Alive(_values.AleatoricVariance);

    /// <summary>
    /// Gets the square root of <see cref="AleatoricVariance"/>, <c>[B, …]</c>, in the target's unit: the noise in the data as a standard deviation.
    /// </summary>
    public Tensor AleatoricStddev => Alive(_values.AleatoricStddev);

    /// <summary>Gets Var[y | x], <c>[B, …]</c>, in the target's unit squared: the sum of the two parts.</summary>
    public Tensor TotalVariance => Alive(_values.TotalVariance);

    /// <summary>
    /// Gets the square root of <see cref="TotalVariance"/>, <c>[B, …]</c>, in the target's unit: how far a target typically lies from the mean.
    /// </summary>
    public Tensor TotalStddev => Alive(_values.TotalStddev);

    /// <summary>
    /// Gets H[y | x] in nats: the whole uncertainty about the class, 0 to log C. <c>[B, …]</c> for a Bernoulli likelihood, <c>[B]</c> for a
    /// categorical one.
    /// </summary>
    /// <exception cref="InvalidOperationException">The likelihood is not over classes.</exception>
    public Tensor TotalEntropy => Alive(_values.TotalEntropy ?? throw NoClasses());

    /// <summary>Gets E[H[y | f]] in nats, shaped like <see cref="TotalEntropy"/>: the aleatoric part, classes that overlap in the data.</summary>
    /// <exception cref="InvalidOperationException">The likelihood is not over classes.</exception>
    public Tensor ExpectedEntropy => Alive(_values.ExpectedEntropy ?? throw NoClasses());

    /// <summary>
    /// Gets I[y; f | x] = H[y | x] − E[H[y | f]] in nats, shaped like <see cref="TotalEntropy"/>: the epistemic part, what the functions disagree
    /// about (Houlsby et al. 2011, "Bayesian Active Learning for Classification and Preference Learning", equation 2). 0 with one draw; with few
    /// draws it is too small on average, by about one part in S.
    /// </summary>
    /// <exception cref="InvalidOperationException">The likelihood is not over classes.</exception>
    public Tensor MutualInformation => Alive(_values.MutualInformation ?? throw NoClasses());

    /// <summary>
    /// Gets log p(y | x), the logarithm of the mean over the draws of p(y | f_s), <c>[B]</c>, in nats, for the targets that the prediction was
    /// given. It is that of the mixture, not the mean of the draws' own log densities.
    /// </summary>
    /// <exception cref="InvalidOperationException">The prediction was not given targets.</exception>
    public Tensor LogPredictiveDensity => Alive(_values.LogPredictiveDensity ?? throw new InvalidOperationException(
        "This prediction was made without targets; pass them to MonteCarloPredictive.Predict, or keep the samples and call "
        + "LogPredictiveDensityOf."));

    /// <summary>Gets the output of the network for every draw, <c>[S, B, …]</c>, before the likelihood turns it into a mean.</summary>
    /// <exception cref="InvalidOperationException">The samples were not kept.</exception>
    public Tensor Samples => Alive(_samples ?? throw new InvalidOperationException(
        "The samples were not kept, since they take S times the memory; pass keepSamples: true to MonteCarloPredictive.Predict."));

    /// <summary>Computes log p(y | x) of other targets than the prediction was given; needs the samples.</summary>
    /// <param name="target">y, as the likelihood takes it.</param>
    /// <returns>In nats, <c>[B]</c>.</returns>
    /// <exception cref="InvalidOperationException">The samples were not kept.</exception>
    /// <exception cref="ArgumentException">The shapes do not fit, or a target is outside the likelihood's support.</exception>
    public Tensor LogPredictiveDensityOf(Tensor target) => BySamples.LogDensityOf(target);

    /// <summary>
    /// Computes quantiles over the draws of E[y | f_s]: of the belief about the mean, not of the target itself. Interpolates linearly between draws,
    /// as NumPy and PyTorch do. Needs the samples.
    /// </summary>
    /// <param name="levels">Levels in [0, 1].</param>
    /// <param name="cancellationToken">Ends the work between two blocks of rows.</param>
    /// <returns><c>[Q, B, …]</c>, a quantile for each level in the target's unit.</returns>
    /// <exception cref="InvalidOperationException">The samples were not kept.</exception>
    /// <exception cref="ArgumentException">There are no levels, or one is outside [0, 1].</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Tensor QuantilesOfMean(IReadOnlyList<double> levels, CancellationToken cancellationToken = default) =>
        BySamples.QuantilesOfMean(levels, cancellationToken);

    /// <summary>
    /// Computes the central credible interval of E[y | f]: where the mean lies, as far as the model knows (epistemic uncertainty alone). Needs the
    /// samples.
    /// </summary>
    /// <param name="mass">The probability within; above 0, below 1.</param>
    /// <param name="cancellationToken">Ends the work between two blocks of rows.</param>
    /// <returns>Its ends, each <c>[B, …]</c>, in the target's unit.</returns>
    /// <exception cref="InvalidOperationException">The samples were not kept.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mass is outside its range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public (Tensor Lower, Tensor Upper) CredibleInterval(double mass = 0.9, CancellationToken cancellationToken = default) =>
        PredictiveSamples.Central(mass, levels => QuantilesOfMean(levels, cancellationToken));

    /// <summary>
    /// Computes quantiles of the target itself: of the mixture of the draws' distributions, with epistemic and aleatoric uncertainty together. A
    /// quantile of counts is the least whole number with at least the level at or below it. Needs the samples.
    /// </summary>
    /// <param name="levels">Levels above 0 and below 1.</param>
    /// <param name="cancellationToken">Ends the work between two blocks of rows.</param>
    /// <returns><c>[Q, B, …]</c>, a quantile for each level in the target's unit, to about twelve digits.</returns>
    /// <exception cref="InvalidOperationException">The samples were not kept, or the likelihood is neither of real targets nor of
    /// counts.</exception>
    /// <exception cref="ArgumentException">There are no levels, or one is outside its range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Tensor QuantilesOfTarget(IReadOnlyList<double> levels, CancellationToken cancellationToken = default) =>
        BySamples.QuantilesOfTarget(levels, cancellationToken);

    /// <summary>Computes the central prediction interval of the target: where y lies, with all uncertainty together. Needs the samples.</summary>
    /// <param name="mass">The probability within; above 0, below 1. An interval of counts, whose ends belong to it, holds at least as much.</param>
    /// <param name="cancellationToken">Ends the work between two blocks of rows.</param>
    /// <returns>Its ends, each <c>[B, …]</c>, in the target's unit.</returns>
    /// <exception cref="InvalidOperationException">The samples were not kept, or the likelihood is neither of real targets nor of
    /// counts.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mass is outside its range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public (Tensor Lower, Tensor Upper) PredictionInterval(double mass = 0.9, CancellationToken cancellationToken = default) =>
        PredictiveSamples.Central(mass, levels => QuantilesOfTarget(levels, cancellationToken));

    /// <summary>
    /// Computes P(y ≤ value | x), the distribution function of the target under the mixture of the draws, with all uncertainty together. Needs the
    /// samples.
    /// </summary>
    /// <param name="value">A value for each element of the mean, <c>[B, …]</c>, in the target's unit.</param>
    /// <returns>Probabilities of the same shape.</returns>
    /// <exception cref="InvalidOperationException">The samples were not kept, or the likelihood is neither of real targets nor of
    /// counts.</exception>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor ProbabilityAtMost(Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        using var scope = NewDisposeScope();
        return BySamples.Cumulative(value).UpTo.MoveToOuterDisposeScope();
    }

    /// <summary>Returns the prediction that given outputs make: those of a network with dropout kept on, or of another sampler.</summary>
    /// <param name="outputs">The outputs of the functions, <c>[S, B, …]</c>, floating-point. They are copied and kept.</param>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="target">y, <c>[B, …]</c>: for <see cref="LogPredictiveDensity"/>.</param>
    /// <returns>A prediction that the caller disposes. It cannot be merged, since its draws have no names.</returns>
    /// <exception cref="ArgumentException">The outputs are not <c>[S, B, …]</c> with at least one draw and one row, or the target does not
    /// fit.</exception>
    public static Predictive OfSamples(Tensor outputs, Likelihood likelihood, Tensor? target = null) =>
        PredictiveParts.OfSamples(outputs, likelihood, target);

    /// <summary>
    /// Combines predictions that rest on different draws of one seed, for the same inputs and distribution. The result equals that of all draws at
    /// once, up to the rounding of sums in double precision. It has log densities and samples if all parts have them, and is on the device of the
    /// part with the lowest draws.
    /// </summary>
    /// <param name="predictions">At least one, in any order; they stay as they are.</param>
    /// <returns>A new prediction that the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// There is no prediction, or they differ in seed, distribution, inputs, targets or likelihood, or share a draw.
    /// </exception>
    public static Predictive Merge(params Predictive[] predictions) => PredictiveParts.Merge(predictions);

    /// <inheritdoc cref="Merge(Predictive[])"/>
    public static Predictive Merge(params IEnumerable<Predictive> predictions) => PredictiveParts.Merge(predictions);

    /// <summary>
    /// Combines predictions that rest on the same draws of one distribution, for different rows: the rows of the first come first. The result has
    /// log densities and samples if all parts have them, and is on the device of the first.
    /// </summary>
    /// <param name="predictions">At least one, in the order of their rows; they stay as they are.</param>
    /// <returns>
    /// A new prediction that the caller disposes. It can be merged with a prediction of other draws only if that was combined from the same parts.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// There is no prediction, or they differ in seed, draws, distribution, likelihood or the shape of a row.
    /// </exception>
    public static Predictive Concatenate(params Predictive[] predictions) => PredictiveParts.Concatenate(predictions);

    /// <inheritdoc cref="Concatenate(Predictive[])"/>
    public static Predictive Concatenate(params IEnumerable<Predictive> predictions) => PredictiveParts.Concatenate(predictions);

    /// <summary>
    /// Returns the prediction of one output of a network with several, whose likelihood is a <see cref="JointLikelihood"/>: with the moments of its
    /// targets, and the entropies if they are classes. It has samples if this prediction has them, and no log density:
    /// <see cref="LogPredictiveDensityOf"/> computes it from samples.
    /// </summary>
    /// <param name="index">Zero-based index of the part of the likelihood.</param>
    /// <returns>A new prediction that the caller disposes; it can be merged like this one.</returns>
    /// <exception cref="InvalidOperationException">The likelihood is not a joint one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such part.</exception>
    public Predictive Part(int index) => PredictiveParts.OfPart(this, index);

    /// <summary>Takes the tensors out of every dispose scope: they live until <see cref="Dispose"/>.</summary>
    /// <returns>This prediction.</returns>
    public Predictive DetachFromDisposeScope()
    {
        foreach (var tensor in Tensors())
            tensor.DetachFromDisposeScope();
        return this;
    }

    /// <summary>Moves the tensors to the dispose scope around the current one.</summary>
    /// <returns>This prediction.</returns>
    public Predictive MoveToOuterDisposeScope()
    {
        foreach (var tensor in Tensors())
            tensor.MoveToOuterDisposeScope();
        return this;
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        foreach (var tensor in Tensors())
            tensor.Dispose();
    }

    /// <summary>Describes the prediction: shape, draws, seed and caution.</summary>
    public override string ToString() =>
        $"Predictive({Shapes.Describe(_shape)}, "
        + $"{(_provenance is null ? $"{SamplesUsed} given draws" : $"draws {_provenance.Draws} of seed {Seed}")})"
        + $"{(Caution is null ? "" : $": {Caution}")}";

    private static InvalidOperationException OneDraw(string what) =>
        new($"The {what} needs at least 2 draws, and this prediction rests on 1; ask for more samples.");

    /// <inheritdoc/>
    Likelihood IPrediction.Likelihood => _likelihood;

    /// <inheritdoc/>
    (Tensor Below, Tensor UpTo) IPrediction.Cumulative(Tensor target) => BySamples.Cumulative(target);

    private PredictiveSamples BySamples => new(_likelihood, Samples);

    private InvalidOperationException NoClasses() =>
        new($"{_likelihood} is not over classes, so its uncertainty has no entropies here; use {_likelihood.Uncertainties}.");

    private Tensor Alive(Tensor tensor)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return tensor.IsInvalid
            ? throw new ObjectDisposedException(
                nameof(Predictive),
                "The prediction's tensors were disposed with the dispose scope that it was made in; DetachFromDisposeScope() keeps them.")
            : tensor;
    }

    private IEnumerable<Tensor> Tensors() => _values.All.Concat(_moments.Tensors).Concat(_samples is null ? [] : [_samples]);
}
