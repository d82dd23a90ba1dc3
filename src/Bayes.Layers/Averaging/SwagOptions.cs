using Bayes.Layers.Numerics;
using Bayes.Layers.Priors;

namespace Bayes.Layers.Averaging;

/// <summary>The options of <see cref="Swag.Fit"/>. Immutable.</summary>
public sealed record SwagOptions
{
    /// <summary>Gets K, the number of directions along which the weights depend on each other; at least 2, and 20 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Rank { get; init => field = (int)Require.Between(value, Swag.LeastRank, int.MaxValue, nameof(Rank)); } = 20;

    /// <summary>Gets the number of times that the weights are collected; at least 2, and 40 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Collections { get; init => field = (int)Require.Between(value, Swag.LeastRank, int.MaxValue, nameof(Collections)); } = 40;

    /// <summary>Gets the number of epochs from one collection to the next; at least 1, the default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int EpochsBetweenCollections
    {
        get;
        init => field = (int)Require.Positive(value, nameof(EpochsBetweenCollections));
    } = 1;

    /// <summary>
    /// Gets the number of epochs before the first collection, in which the weights leave the optimum for the plateau of the constant learning rate;
    /// at least 0, and 5 by default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int EpochsBefore { get; init => field = (int)Require.Between(value, 0, int.MaxValue, nameof(EpochsBefore)); } = 5;

    /// <summary>
    /// Gets the constant learning rate of stochastic gradient descent; above 0, and 0.01 by default. It decides how far the weights spread: as far
    /// as the loss still stays near its minimum.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double LearningRate { get; init => field = Require.PositiveAndFinite(value, nameof(LearningRate)); } = 0.01;

    /// <summary>Gets the momentum; at least 0, and 0.9 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double Momentum { get; init => field = Require.NonNegativeAndFinite(value, nameof(Momentum)); } = 0.9;

    /// <summary>Gets the number of rows of a batch; at least 1, and 32 by default.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int BatchSize { get; init => field = (int)Require.Positive(value, nameof(BatchSize)); } = 32;

    /// <summary>Gets the prior of each weight; N(0, 1) by default, and null for none.</summary>
    public Prior? Prior { get; init; } = NormalPrior.Standard;

    /// <summary>
    /// Gets the seed of the order of rows; null, the default, takes one from torch's global generator.
    /// </summary>
    public int? ShuffleSeed { get; init; }

    /// <summary>Gets how the draws of a network with batch normalization are made, which the model then stores.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public StoredDrawsOptions StoredDraws { get; init => field = value ?? throw new ArgumentNullException(nameof(StoredDraws)); } = new();
}
