namespace Bayes.Layers.Partitioned;

/// <summary>The options of a <see cref="PartitionedPosterior"/>: how answers change it. Immutable.</summary>
public sealed record PartitionedOptions
{
    /// <summary>Gets when answers change the posterior; synchronous by default.</summary>
    public PartitionSchedule Schedule { get; init; }

    /// <summary>
    /// Gets the share of each change that is made: above 0 and at most 1. Null, the default, means 2 / (n + 1) if n changes were computed without
    /// knowing each other, since together they can go n times too far: the answers of a round, or, in the asynchronous form, an answer and those that
    /// came between its request and it.
    /// </summary>
    /// <remarks>
    /// In a linear regression that is dealt out evenly, a round multiplies an error by 1 − damping · r, where r is between 1, for a weight that no
    /// other weight depends on, and n, for those that can replace each other. 2 / (n + 1) makes the larger of the two ends smallest, and 2 / n is the
    /// limit of what converges for all. Many partitions in the synchronous form so take many rounds; the asynchronous form takes fewer.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double? Damping
    {
        get;
        init => field = value is null or (> 0 and <= 1) ? value
            : throw new ArgumentOutOfRangeException(
                nameof(Damping), value, $"{nameof(Damping)} is {value}; expected a number above 0, and at most 1.");
    }

    /// <summary>Gets the seed of all local training; any number, 0 by default.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// Gets the least precision of a weight, as a share of its precision under the prior: above 0 and at most 1, and 0.1 by default. A factor may
    /// have a negative precision, where a partition makes a weight less certain. A cavity with less precision than this gets this precision and
    /// the posterior's mean, and a change that would leave the posterior with less is made in part.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public double LeastPrecision
    {
        get;
        init => field = value is > 0 and <= 1 ? value
            : throw new ArgumentOutOfRangeException(
                nameof(LeastPrecision), value, $"{nameof(LeastPrecision)} is {value}; expected a number above 0, and at most 1.");
    } = 0.1;

    /// <summary>
    /// Gets the most answers of others that may come, in the asynchronous form, between a request and its answer; at least 0. Answers that are later
    /// are refused. Null, the default, refuses none. An answer that s others came before is damped to at most 2 / (s + 2).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside its range.</exception>
    public long? MostAnswersBetween
    {
        get;
        init => field = value is null or >= 0 ? value : throw new ArgumentOutOfRangeException(
            nameof(MostAnswersBetween), value, $"{nameof(MostAnswersBetween)} is {value}; expected at least 0.");
    }

    /// <summary>Returns the share of changes that were computed without knowing each other.</summary>
    /// <param name="changes">Their number, at least 1.</param>
    internal double DampingOf(long changes)
    {
        double own = 2.0 / (changes + 1);
        return Schedule == PartitionSchedule.Synchronous ? Damping ?? own : Math.Min(Damping ?? 1, own);
    }
}
