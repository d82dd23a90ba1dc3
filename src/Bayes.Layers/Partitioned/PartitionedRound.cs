using Bayes.Layers.Training;

namespace Bayes.Layers.Partitioned;

/// <summary>
/// The numbers of one change of the posterior: of a round in the synchronous form, and of an answer in the asynchronous form. Immutable.
/// </summary>
public sealed record PartitionedRound
{
    /// <summary>Gets the number of the round, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>Gets the names of the partitions whose answers were taken.</summary>
    public required IReadOnlyList<string> Answered { get; init; }

    /// <summary>
    /// Gets E[log p(y | f)] of the posterior before the round, or of the start before the first one, summed over the rows of the partitions that
    /// answered, in nats; null if one did not tell.
    /// </summary>
    public required double? ExpectedLogLikelihoodBefore { get; init; }

    /// <summary>Gets KL(q ‖ p) of the posterior before the round, or of the start before the first one, in nats: once for all partitions.</summary>
    public required double KlDivergenceBefore { get; init; }

    /// <summary>Gets KL(q ‖ p) of the posterior after the round, in nats: once for all partitions.</summary>
    public required double KlDivergence { get; init; }

    /// <summary>
    /// Gets the ELBO of the posterior before the round, in nats: the expected log-likelihood minus the KL divergence. Null if a partition did not
    /// tell, or in the asynchronous form, where one partition answers at a time.
    /// </summary>
    public required double? ElboBefore { get; init; }

    /// <summary>
    /// Gets the largest change of a weight: of its mean in units of its standard deviation, or of the logarithm of its standard deviation.
    /// </summary>
    public required double LargestChange { get; init; }

    /// <summary>
    /// Gets the effective number of examples: the rows of each partition times the share of its factor that is in the posterior, 1 − Π (1 − damping)
    /// over its answers. Null if a partition did not tell its rows.
    /// </summary>
    public required double? EffectiveExamples { get; init; }

    /// <summary>
    /// Gets the number of weights that the data determine, Σ (1 − prior precision / precision): 0 for the prior, and the count of weights if all are
    /// known exactly (MacKay 1992, "Bayesian Interpolation", §4).
    /// </summary>
    public required double DeterminedWeights { get; init; }

    /// <summary>Gets the number of weights whose change was made in part, since their precision would have fallen too low.</summary>
    public required int ShortenedWeights { get; init; }

    /// <summary>Gets the count of bytes of the requests since the last round.</summary>
    public required long RequestBytes { get; init; }

    /// <summary>Gets the count of bytes of the answers since the last round.</summary>
    public required long AnswerBytes { get; init; }

    /// <summary>Returns the round in one line.</summary>
    public override string ToString() =>
        $"Round {Number}: {TrainingText.Count(Answered.Count, "answer")}, largest change {TrainingText.Of(LargestChange)}, "
        + $"KL {TrainingText.Of(KlDivergence)}{(ElboBefore is { } elbo ? $", ELBO before {TrainingText.Of(elbo)}" : "")}, "
        + $"{TrainingText.Of(RequestBytes + AnswerBytes)} bytes";
}
