using Bayes.Layers.Numerics;

namespace Bayes.Layers.Partitioned;

/// <summary>The options of <see cref="PartitionedTraining"/>. Immutable.</summary>
public sealed record PartitionedTrainingOptions
{
    /// <summary>Gets how answers change the posterior.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public PartitionedOptions Posterior { get; init => field = value ?? throw new ArgumentNullException(nameof(Posterior)); } = new();

    /// <summary>Gets the options of the local training.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public PartitionWorkerOptions Worker { get; init => field = value ?? throw new ArgumentNullException(nameof(Worker)); } = new();

    /// <summary>
    /// Gets the largest number of rounds; at least 1, and 10 by default. In the asynchronous form each partition answers as often.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int Rounds { get; init => field = (int)Require.Positive(value, nameof(Rounds)); } = 10;

    /// <summary>
    /// Gets the largest change of a weight, in standard deviations, below which training ends before the last round; at least 0, the default, which
    /// makes all rounds. Local training is random, so changes do not fall below what its noise makes.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double Tolerance { get; init => field = Require.NonNegativeAndFinite(value, nameof(Tolerance)); }

    /// <summary>
    /// Gets the most partitions that are trained at a time; at least 1. Null, the default, means as many as torch may use threads. In the
    /// synchronous form it changes no bit of the result.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public int? PartitionsAtATime
    {
        get;
        init => field = value is { } partitions ? (int)Require.Positive(partitions, nameof(PartitionsAtATime)) : null;
    }

    /// <summary>
    /// Gets the function that makes another model like the given one, for partitions that are trained at the same time; null, the default, copies it
    /// as a checkpoint does. A model with classes that a checkpoint does not know is then trained one partition at a time.
    /// </summary>
    public Func<BayesianModule>? CreateModel { get; init; }
}
