using static TorchSharp.torch;

namespace Bayes.Layers.OutOfDistribution;

/// <summary>
/// A number for each row of a prediction that should be higher for rows unlike those that the model was trained on. Derive from it for another.
/// </summary>
public abstract class OutOfDistributionScore
{
    /// <summary>Gets <see cref="Predictive.MutualInformation"/>, in nats: how much the functions disagree about the class.</summary>
    public static OutOfDistributionScore MutualInformation { get; } = new MutualInformationScore();

    /// <summary>Gets <see cref="Predictive.TotalEntropy"/>, in nats.</summary>
    public static OutOfDistributionScore TotalEntropy { get; } = new TotalEntropyScore();

    /// <summary>Gets 1 − the probability of the most probable class (Hendrycks &amp; Gimpel 2017, "A Baseline for Detecting Misclassified and
    /// Out-of-Distribution Examples in Neural Networks").</summary>
    public static OutOfDistributionScore MaxProbability { get; } = new MaxProbabilityScore();

    /// <summary>
    /// Gets −log Σ exp(logit) over the classes, of the mean of the logits over the draws (Liu et al. 2020, "Energy-based Out-of-distribution
    /// Detection", equation 4). Needs kept samples of logits; one logit f of a Bernoulli likelihood counts as the logits −f / 2 and f / 2.
    /// </summary>
    public static OutOfDistributionScore Energy { get; } = new EnergyScore();

    /// <summary>
    /// Gets the sum over the numbers of a row of <see cref="Predictive.EpistemicVariance"/>, in the target's unit squared: how much the functions
    /// disagree about the mean.
    /// </summary>
    public static OutOfDistributionScore EpistemicVariance { get; } = new EpistemicVarianceScore();

    /// <summary>
    /// Gets the negative log density, at its mean, of a normal distribution with the epistemic variances, Σ ½ log(2π v), in nats. It orders rows of
    /// one output like their variances; of several outputs, it does not depend on their units. Not for classes.
    /// </summary>
    public static OutOfDistributionScore EpistemicDensity { get; } = new EpistemicDensityScore();

    /// <summary>Gets all scores of the library.</summary>
    public static IReadOnlyList<OutOfDistributionScore> All { get; } =
        [MutualInformation, TotalEntropy, MaxProbability, Energy, EpistemicVariance, EpistemicDensity];

    /// <summary>Gets the name for reports.</summary>
    public abstract string Name { get; }

    /// <summary>Gets what a prediction must have for this score, for a message: "expected …".</summary>
    protected internal abstract string Needs { get; }

    /// <summary>Computes the scores of a prediction. Places of a row, such as pixels, are averaged.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <returns><c>[B]</c>, which belongs to the caller's dispose scope.</returns>
    /// <exception cref="InvalidOperationException">The prediction does not have what the score needs.</exception>
    public Tensor Of(Predictive prediction)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        using var noGrad = no_grad();
        return Compute(prediction) ?? throw new InvalidOperationException(
            $"The {Name} of {prediction} with {prediction.Likelihood} is not known; expected {Needs}.");
    }

    /// <summary>Returns the name.</summary>
    public sealed override string ToString() => Name;

    /// <summary>Computes the scores, or returns null if the prediction does not have what they need.</summary>
    /// <param name="prediction">The prediction.</param>
    /// <returns><c>[B]</c>, which belongs to the caller's dispose scope, or null.</returns>
    protected internal abstract Tensor? Compute(Predictive prediction);

    /// <summary>Returns the mean over all axes after the rows, in double precision.</summary>
    /// <param name="values"><c>[B, …]</c>.</param>
    protected static Tensor MeanOfRow(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var scope = NewDisposeScope();
        return values.reshape(values.shape[0], -1).mean([1L], type: ScalarType.Float64).MoveToOuterDisposeScope();
    }
}
