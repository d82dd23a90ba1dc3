namespace Bayes.Layers.Partitioned;

/// <summary>The result of <see cref="PartitionedTraining"/>.</summary>
public sealed record PartitionedResult
{
    /// <summary>Gets the posterior with its factors, from which training can go on.</summary>
    public required PartitionedPosterior Posterior { get; init; }

    /// <summary>Gets the rounds of this training.</summary>
    public required IReadOnlyList<PartitionedRound> Rounds { get; init; }

    /// <summary>Gets the reason why training ended.</summary>
    public required PartitionedEnd End { get; init; }

    /// <summary>Gets the ELBO of the posterior over all rows, in nats; null if a partition protects its data, or training was cancelled.</summary>
    public required double? Elbo { get; init; }

    /// <summary>Gets the count of bytes that were sent in both directions.</summary>
    public long Bytes => Rounds.Sum(round => round.RequestBytes + round.AnswerBytes);

    /// <summary>Returns a line for each round.</summary>
    public override string ToString() => string.Join('\n', Rounds);
}
