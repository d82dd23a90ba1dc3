namespace Bayes.Layers.Scoring;

/// <summary>
/// Says that a plan and what a worker finds do not belong together, or that a shard cannot be scored however often it is tried: a model, a table or
/// a version that differs, or a value that is refused.
/// </summary>
public sealed class ScoringException : Exception
{
    /// <summary>Creates an exception.</summary>
    /// <param name="message">What differs, with what was found and what was expected.</param>
    /// <param name="innerException">The cause, or null.</param>
    public ScoringException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}
