namespace Bayes.Layers.Partitioned;

/// <summary>What <see cref="PartitionedPosterior.Offer"/> did with an answer.</summary>
public enum AnswerOutcome
{
    /// <summary>The answer counts: in the synchronous form at the end of the round, in the asynchronous form it is in the posterior.</summary>
    Accepted,

    /// <summary>The request was already answered; nothing changed.</summary>
    Duplicate,

    /// <summary>
    /// The request is no longer open, since its round has ended, or too many other answers came between; nothing changed. Ask for a new request.
    /// </summary>
    Late,

    /// <summary>No open partition has this name: it left, or its factor is frozen; nothing changed.</summary>
    NotAMember,
}
