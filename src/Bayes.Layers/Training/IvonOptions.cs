using Bayes.Layers.Numerics;

namespace Bayes.Layers.Training;

/// <summary>
/// The options of <see cref="Ivon"/>. Immutable. The symbols are those of the paper's algorithm 1.
/// </summary>
public sealed record IvonOptions
{
    /// <summary>
    /// Gets λ, the number of examples for which the mean loss stands; above 0. The posterior approximates exp(−λ loss) times the prior, so N, the
    /// number of training examples, is Bayes' rule for a loss that is the mean of −log p(y | f), and a larger number gives a colder posterior. Null,
    /// the default, is N in <see cref="Ivon.Fit"/>; an optimizer of your own loop needs a number.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double? EffectiveSampleSize
    {
        get;
        init => field = value is { } size ? Require.PositiveAndFinite(size, nameof(EffectiveSampleSize)) : null;
    }

    /// <summary>
    /// Gets δ, which together with λ is the prior: each weight is N(0, 1 / (λ δ)). Above 0. Null, the default, means 1 / λ, the prior N(0, 1).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double? WeightDecay { get; init => field = value is { } decay ? Require.PositiveAndFinite(decay, nameof(WeightDecay)) : null; }

    /// <summary>
    /// Gets α, the learning rate; above 0, and 0.3 by default. A step moves the mean by α (h₀ + δ) / (h + δ) times the gradient, so that α is the
    /// rate at the start, and falls where the loss is found to be more curved than h₀.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double LearningRate { get; init => field = Require.PositiveAndFinite(value, nameof(LearningRate)); } = 0.3;

    /// <summary>
    /// Gets h₀, where the Hessian starts, the curvature of the mean loss along each weight; above 0, and 0.1 by default. The posterior starts with
    /// the variance 1 / (λ (h₀ + δ)).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double InitialHessian { get; init => field = Require.PositiveAndFinite(value, nameof(InitialHessian)); } = 0.1;

    /// <summary>Gets β₁, the share of the past in the running mean of gradients; in [0, 1), and 0.9 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double Beta1 { get; init => field = Share(value, nameof(Beta1)); } = 0.9;

    /// <summary>
    /// Gets β₂, the share of the past in the running mean of the Hessian; in [0, 1), and 0.999 by default, a memory of about 1,000 steps. The more
    /// steps a training has, the nearer it can be to 1: the paper takes 0.99999 for hundreds of thousands of steps.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double Beta2 { get; init => field = Share(value, nameof(Beta2)); } = 0.999;

    /// <summary>
    /// Gets the norm over all weights together to which a larger gradient is scaled down, and not the estimate of the Hessian; above 0, and 1 by
    /// default. It keeps the first steps short while h is still far below the loss's curvature, as with noise of a small standard deviation. Null
    /// scales nothing. In <see cref="Ivon.Fit"/> a limit of <see cref="Training"/> takes its place.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double? MaximumGradientNorm
    {
        get;
        init => field = value is { } norm ? Require.PositiveAndFinite(norm, nameof(MaximumGradientNorm)) : null;
    } = 1;

    /// <summary>Gets S, the number of draws of a step, each a pass and its gradient; at least 1, the default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Samples { get; init => field = (int)Require.Positive(value, nameof(Samples)); } = 1;

    /// <summary>
    /// Gets whether every second draw of a step is the mirror image of the one before it, so that the mean of the draws is the mean of the
    /// posterior; false by default. Needs <see cref="Samples"/> above 1 to have an effect.
    /// </summary>
    public bool Antithetic { get; init; }

    /// <summary>Gets the source of the noise of the draws; <see cref="TorchNoise.Global"/>, the default, follows <c>torch.manual_seed</c>.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public NoiseSource Noise { get; init => field = value ?? throw new ArgumentNullException(nameof(Noise)); } = TorchNoise.Global;

    /// <summary>
    /// Gets the options of the trainer, for <see cref="Ivon.Fit"/> alone. Its learning rate and optimizer are those of the likelihood's parameters,
    /// if it learns any; schedules change both rates. The schedule of the KL divergence, the estimator, its draws and the step are not used: λ weighs
    /// the divergence, and <see cref="Samples"/> counts the draws.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public VariationalTrainerOptions Training { get; init => field = value ?? throw new ArgumentNullException(nameof(Training)); } = new();

    private static double Share(double value, string name) => value is >= 0 and < 1 ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a number in [0, 1).");
}
