using Bayes.Layers.Priors;

namespace Bayes.Layers.Training;

/// <summary>The options of <see cref="MaximumAPosteriori"/>. Immutable.</summary>
public sealed record MaximumAPosterioriOptions
{
    /// <summary>
    /// Gets the prior of each weight; N(0, 1) by default. Null means maximum likelihood. It must not learn anything itself.
    /// </summary>
    public Prior? Prior { get; init; } = NormalPrior.Standard;

    /// <summary>
    /// Gets the options of the trainer. By default those of <see cref="VariationalTrainer"/>, with the whole prior from the first step on: Adam,
    /// batches of 32, and as many epochs as the loss needs to settle. The schedule of the KL divergence is one of −log p(w): options of your own have
    /// the trainer's default, which warms it up.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public VariationalTrainerOptions Training { get; init => field = value ?? throw new ArgumentNullException(nameof(Training)); } =
        new() { KlSchedule = new ConstantKl() };
}
