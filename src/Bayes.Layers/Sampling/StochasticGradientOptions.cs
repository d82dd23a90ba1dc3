using Bayes.Layers.Numerics;

namespace Bayes.Layers.Sampling;

/// <summary>The options of <see cref="StochasticGradientHmc"/>. Immutable.</summary>
public sealed record StochasticGradientOptions : SamplerOptions
{
    /// <summary>Gets the number of cycles, each of which falls from the full step size to 0; at least 1, and 4 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Cycles { get; init => field = (int)Require.Between(value, 1, 1 << 20, nameof(Cycles)); } = 4;

    /// <summary>Gets the number of passes over the rows in a cycle; at least 1, and 50 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int EpochsPerCycle { get; init => field = (int)Require.Between(value, 1, 1 << 20, nameof(EpochsPerCycle)); } = 50;

    /// <summary>
    /// Gets the share of a cycle that explores, without noise and draws; at least 0 and below 1, and 0.5 by default. In the rest of the cycle the
    /// weights after each epoch are draws.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double ExplorationShare
    {
        get;
        init => field = value is >= 0 and < 1 ? value
            : throw new ArgumentOutOfRangeException(
                nameof(ExplorationShare), value, $"{nameof(ExplorationShare)} is {value}; expected a number of at least 0 and below 1.");
    } = 0.5;

    /// <summary>Gets the number of rows of a batch; at least 1, and 32 by default. The last batch of an epoch may be smaller.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int BatchSize { get; init => field = (int)Require.Positive(value, nameof(BatchSize)); } = 32;

    /// <summary>
    /// Gets the learning rate at the start of a cycle, for the mean over rows of the negative log density, as that of stochastic gradient descent
    /// with momentum; above 0, and 0.05 by default. It falls along a cosine. A Gaussian likelihood of small noise needs a small one: try a fifth of
    /// the noise's variance.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double LearningRate { get; init => field = Require.PositiveAndFinite(value, nameof(LearningRate)); } = 0.05;

    /// <summary>Gets the share of the velocity that friction takes in a step; above 0 and below 1, and 0.1 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double Friction { get; init => field = Require.Mass(value, nameof(Friction)); } = 0.1;
}
