using Bayes.Layers.Estimators;
using Bayes.Layers.Likelihoods;
using Bayes.Layers.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>
/// Computes the negative evidence lower bound per training example (Blundell et al. 2015, "Weight Uncertainty in Neural Networks", equations 1 and
/// 2, with the KL divergence in closed form): <c>loss = mean over batch and draws of −log p(y | f) + beta · KL / N</c>.
/// </summary>
/// <remarks>
/// A likelihood that learns something, such as the size of the noise, is a child of the loss: give the optimizer the parameters of the loss too.
/// N is the number of training examples, and neither the batch size nor the number of batches: the likelihood is a mean per example, so a whole
/// epoch counts the KL divergence once. beta = 1 is Bayes' rule; with a smaller beta, the posterior is colder.
/// </remarks>
public sealed class ElboLoss : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly bool _isBorrowing;
    private bool _isEnding;

    /// <summary>Creates a loss for a model that is trained on <paramref name="datasetSize"/> examples.</summary>
    /// <param name="likelihood">p(y | f).</param>
    /// <param name="datasetSize">N, the number of training examples; at least 1.</param>
    /// <param name="beta">The weight of the KL divergence; at least 0, and 1 for Bayes' rule.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public ElboLoss(Likelihood likelihood, long datasetSize, double beta = 1) : base(nameof(ElboLoss))
    {
        ArgumentNullException.ThrowIfNull(likelihood);
        Likelihood = likelihood;
        DatasetSize = Require.Positive(datasetSize);
        Beta = Require.NonNegativeAndFinite(beta);
        if (likelihood.Parameters is { } learned)
            register_module("likelihood", learned);
    }

    /// <summary>Creates a loss with another likelihood, whose parameters stay those of the loss they come from.</summary>
    internal ElboLoss(ElboLoss loss, Likelihood likelihood) : this(likelihood, loss.DatasetSize, loss.Beta) => _isBorrowing = true;

    private ElboLoss(Likelihood likelihood, long datasetSize, double beta, bool isBorrowing) : this(likelihood, datasetSize, beta) =>
        _isBorrowing = isBorrowing;

    /// <summary>Gets p(y | f).</summary>
    public Likelihood Likelihood { get; }

    /// <summary>Gets N, the number of training examples.</summary>
    public long DatasetSize { get; }

    /// <summary>Gets the weight of the KL divergence before it is divided by N.</summary>
    public double Beta { get; }

    /// <summary>Gets beta / N.</summary>
    public double KlWeight => Beta / DatasetSize;

    /// <summary>Creates a loss that does not own the likelihood's parameters: disposing it leaves them to their owner.</summary>
    internal static ElboLoss Borrowing(Likelihood likelihood, long datasetSize, double beta = 1) =>
        new(likelihood, datasetSize, beta, isBorrowing: true);

    /// <summary>Creates a loss for binary classification from logits: the network ends in a linear layer with one output.</summary>
    /// <inheritdoc cref="ElboLoss(Likelihood, long, double)"/>
    public static ElboLoss Bernoulli(long datasetSize, double beta = 1) => new(new BernoulliLikelihood(), datasetSize, beta);

    /// <summary>
    /// Creates a loss for two or more classes: the network ends in a linear layer with an output for each, and targets are class indices.
    /// </summary>
    /// <param name="datasetSize">N, the number of training examples; at least 1.</param>
    /// <param name="beta">The weight of the KL divergence; at least 0, and 1 for Bayes' rule.</param>
    /// <param name="classAxis">The axis of the classes, below 0, if an example has several: −3 for images <c>[B, C, H, W]</c>
    /// (<see cref="CategoricalLikelihood"/>).</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public static ElboLoss Categorical(long datasetSize, double beta = 1, int? classAxis = null) =>
        new(new CategoricalLikelihood(classAxis: classAxis), datasetSize, beta);

    /// <summary>
    /// Creates a loss for regression with noise of one size, which is learned. It is among the parameters of the loss, so give the optimizer
    /// <c>model.parameters().Concat(loss.parameters())</c>. <see cref="GaussianLikelihood"/> has noise that is known, or one size for each target
    /// dimension.
    /// </summary>
    /// <param name="datasetSize">N, the number of training examples; at least 1.</param>
    /// <param name="beta">The weight of the KL divergence; at least 0, and 1 for Bayes' rule.</param>
    /// <param name="initialStddev">
    /// Where the standard deviation of the noise starts, in the target's unit; above 0. That of the targets is a good start.
    /// </param>
    /// <param name="device">Where its parameter lives; torch's default device by default.</param>
    /// <param name="dtype">Its element type; torch's default type by default.</param>
    /// <exception cref="ArgumentException">A number is outside its range, or the device is not there.</exception>
    public static ElboLoss Gaussian(long datasetSize, double beta = 1, double initialStddev = 1, Device? device = null, ScalarType? dtype = null)
    {
        RequireNumbers(datasetSize, beta);
        return new(GaussianLikelihood.Learned(initialStddev, device: device, dtype: dtype), datasetSize, beta);
    }

    /// <summary>
    /// Creates a loss for regression with noise that depends on the input: the network ends in a linear layer with two outputs for each target
    /// dimension, the means first and then the logarithms of the variances.
    /// </summary>
    /// <param name="datasetSize">N, the number of training examples; at least 1.</param>
    /// <param name="beta">The weight of the KL divergence; at least 0, and 1 for Bayes' rule.</param>
    /// <param name="channelAxis">The axis of means and log-variances, below 0, if an example has several: −3 for images <c>[B, 2 D, H, W]</c>
    /// (<see cref="HeteroscedasticGaussianLikelihood"/>).</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is outside its range.</exception>
    public static ElboLoss HeteroscedasticGaussian(long datasetSize, double beta = 1, int? channelAxis = null) =>
        new(new HeteroscedasticGaussianLikelihood(channelAxis: channelAxis), datasetSize, beta);

    /// <summary>
    /// Creates a loss for regression with outliers: noise with Student's distribution, whose scale is learned and among the parameters of the loss,
    /// as with <see cref="Gaussian"/>.
    /// </summary>
    /// <param name="datasetSize">N, the number of training examples; at least 1.</param>
    /// <param name="beta">The weight of the KL divergence; at least 0, and 1 for Bayes' rule.</param>
    /// <param name="degreesOfFreedom">ν, above 1 and finite; not learned. The smaller it is, the less outliers matter.</param>
    /// <param name="initialScale">
    /// Where the scale of the noise starts, in the target's unit; above 0. The standard deviation of the targets is a good start.
    /// </param>
    /// <param name="device">Where its parameter lives; torch's default device by default.</param>
    /// <param name="dtype">Its element type; torch's default type by default.</param>
    /// <exception cref="ArgumentException">A number is outside its range, or the device is not there.</exception>
    public static ElboLoss StudentT(long datasetSize, double beta = 1, double degreesOfFreedom = 4, double initialScale = 1,
        Device? device = null, ScalarType? dtype = null)
    {
        RequireNumbers(datasetSize, beta);
        return new(StudentTLikelihood.Learned(degreesOfFreedom, initialScale, device: device, dtype: dtype), datasetSize, beta);
    }

    /// <summary>Creates a loss for regression of counts: the network ends in a linear layer, whose output is the logarithm of the rate.</summary>
    /// <inheritdoc cref="ElboLoss(Likelihood, long, double)"/>
    public static ElboLoss Poisson(long datasetSize, double beta = 1) => new(new PoissonLikelihood(), datasetSize, beta);

    /// <summary>Computes the loss.</summary>
    /// <param name="output">f: <c>[B, …]</c> of one pass, or <c>[S, B, …]</c> of S passes.</param>
    /// <param name="target">y: <c>[B, …]</c>.</param>
    /// <param name="kl">The model's <see cref="BayesianModule.KlDivergence"/>, unscaled; a scalar.</param>
    /// <returns>A scalar in nats per example, differentiable.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or a target is outside the likelihood's support.</exception>
    public override Tensor forward(Tensor output, Tensor target, Tensor kl)
    {
        using var scope = NewDisposeScope();
        return Evaluate(output, target, kl).Total.MoveToOuterDisposeScope();
    }

    /// <summary>Computes the loss and its parts, differentiable.</summary>
    /// <param name="output">f: <c>[B, …]</c> of one pass, or <c>[S, B, …]</c> of S passes.</param>
    /// <param name="target">y: <c>[B, …]</c>.</param>
    /// <param name="kl">The model's <see cref="BayesianModule.KlDivergence"/>, unscaled; a scalar.</param>
    /// <param name="klFactor">A further factor of the KL divergence for this step, as a schedule gives it; at least 0.</param>
    /// <returns>Terms that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or a target is outside the likelihood's support.</exception>
    public ElboTerms Evaluate(Tensor output, Tensor target, Tensor kl, double klFactor = 1)
    {
        RequireDivergence(kl);
        using var scope = NewDisposeScope();
        return Terms(NegativeLogLikelihood(output, target), kl, klFactor).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Computes the loss of weighted examples and its parts, differentiable: <c>mean over batch and draws of −w log p(y | f) + beta · KL / N</c>,
    /// not divided by the sum of the weights. A weight of 2 counts like the example twice.
    /// </summary>
    /// <param name="output">f: <c>[B, …]</c> of one pass, or <c>[S, B, …]</c> of S passes.</param>
    /// <param name="target">y: <c>[B, …]</c>.</param>
    /// <param name="kl">The model's <see cref="BayesianModule.KlDivergence"/>, unscaled; a scalar.</param>
    /// <param name="weights">w: <c>[B]</c>, each finite and at least 0 (<see cref="SampleWeights"/>).</param>
    /// <param name="klFactor">A further factor of the KL divergence for this step, as a schedule gives it; at least 0.</param>
    /// <returns>Terms that the caller disposes; <see cref="ElboTerms.EffectiveExamples"/> is that of the batch.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or a target is outside the likelihood's support, or a weight is negative or not
    /// finite.</exception>
    public ElboTerms Evaluate(Tensor output, Tensor target, Tensor kl, Tensor weights, double klFactor = 1)
    {
        RequireDivergence(kl);
        ArgumentNullException.ThrowIfNull(weights);
        using var scope = NewDisposeScope();
        var logs = Likelihood.LogProbability(output.Widened(), target);
        double largest = SampleWeights.Require(weights, logs.shape[^1]);
        var terms = Terms(logs.mul(weights.to(logs.dtype).to(logs.device)).mean().neg(), kl, klFactor).MoveToOuterDisposeScope();
        terms.EffectiveExamples = largest == 0 ? 0 : SampleWeights.EffectiveCount(weights);
        return terms;
    }

    /// <summary>Returns the likelihood, the number of training examples and beta, in the invariant culture.</summary>
    public override string ToString() => FormattableString.Invariant($"{nameof(ElboLoss)}({Likelihood}, datasetSize={DatasetSize}, beta={Beta})");

    /// <inheritdoc/>
    public override IEnumerable<(string name, nn.Module module)> named_modules() => _isEnding ? [] : base.named_modules();

    /// <summary>Frees the loss and the parameters of its likelihood.</summary>
    /// <param name="disposing">True if the loss is disposed, and false if it is finalized.</param>
    protected override void Dispose(bool disposing)
    {
        // TorchSharp's modules dispose their children.
        _isEnding = _isBorrowing;
        base.Dispose(disposing);
    }

    /// <summary>Returns the factor of the KL divergence in a step, and refuses one that the type cannot hold.</summary>
    internal double KlWeightOf(double klFactor, ScalarType dtype)
    {
        double weight = KlWeight * Require.NonNegativeAndFinite(klFactor), most = dtype.Largest();
        return weight <= most
            ? weight
            : throw new ArgumentOutOfRangeException(
                nameof(klFactor), klFactor, $"klFactor is {klFactor}, which would multiply the KL divergence by {weight}; expected at most {most}, "
                + $"the most that {dtype} holds.");
    }

    /// <summary>Computes the mean of −log p(y | f) over the batch and the draws.</summary>
    internal Tensor NegativeLogLikelihood(Tensor output, Tensor target)
    {
        using var scope = NewDisposeScope();
        // A user's likelihood may compute in the output's type.
        return Likelihood.LogProbability(output.Widened(), target).mean().neg().MoveToOuterDisposeScope();
    }

    /// <summary>Computes the mean over the batch of −E[log p(y | f)] under normal outputs, or of an upper bound of it.</summary>
    /// <exception cref="InvalidOperationException">The expectation has no closed form.</exception>
    internal Tensor NegativeLogLikelihood(NormalOutputs outputs, Tensor target)
    {
        using var scope = NewDisposeScope();
        Likelihood.RequireClosedForm(outputs.Spread);
        var expected = Likelihood.ExpectedLogProbability(outputs.Mean.squeeze(0), outputs.Spread.Variance(), target)
            ?? throw new InvalidOperationException(
                $"The expectation of log p(y | f) under {Likelihood} has no closed form; expected a Gaussian likelihood, its heteroscedastic form or "
                + "a categorical one, or training by draws.");
        return expected.mean().neg().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Creates a loss for regression of counts that vary more than Poisson's, with a dispersion that is learned and among the parameters of the
    /// loss: the network ends in a linear layer, whose output is the logarithm of the mean.
    /// </summary>
    /// <param name="datasetSize">N, the number of training examples; at least 1.</param>
    /// <param name="beta">The weight of the KL divergence; at least 0, and 1 for Bayes' rule.</param>
    /// <param name="initialDispersion">
    /// Where the dispersion starts: the excess of the variance over the mean, as a share of the squared mean. From 10⁻¹² to 10⁶.
    /// </param>
    /// <param name="device">Where its parameter lives; torch's default device by default.</param>
    /// <param name="dtype">Its element type; torch's default type by default.</param>
    /// <exception cref="ArgumentException">A number is outside its range, or the device is not there.</exception>
    public static ElboLoss NegativeBinomial(long datasetSize, double beta = 1, double initialDispersion = 0.1, Device? device = null,
        ScalarType? dtype = null)
    {
        RequireNumbers(datasetSize, beta);
        return new(NegativeBinomialLikelihood.Learned(initialDispersion, device: device, dtype: dtype), datasetSize, beta);
    }

    private static void RequireDivergence(Tensor kl)
    {
        ArgumentNullException.ThrowIfNull(kl);
        if (kl.ndim != 0)
            throw new ArgumentException(
                $"The KL divergence has shape {Shapes.Describe(kl.shape)}; expected a scalar, the model's KlDivergence().", nameof(kl));
        if (!kl.is_floating_point())
            throw new ArgumentException(
                $"The KL divergence is of type {kl.dtype}; expected a floating-point type, as the model's KlDivergence().", nameof(kl));
    }

    // Checked before a likelihood makes a parameter that nobody would dispose.
    private static void RequireNumbers(long datasetSize, double beta)
    {
        Require.Positive(datasetSize);
        Require.NonNegativeAndFinite(beta);
    }

    /// <summary>Combines the two parts. The KL divergence stays the caller's.</summary>
    internal ElboTerms Terms(Tensor negativeLogLikelihood, Tensor kl, double klFactor)
    {
        double klWeight = KlWeightOf(klFactor, negativeLogLikelihood.dtype == ScalarType.Float64 ? ScalarType.Float64 : kl.dtype);
        using Scalar weight = klWeight;
        return new ElboTerms(negativeLogLikelihood, kl.alias(), klWeight, Beta, klWeight * DatasetSize, negativeLogLikelihood.add(kl, weight));
    }
}
