namespace Bayes.Layers.Checkpoints;

/// <summary>
/// The exception for a file that is not a checkpoint, or not one of the given model. The message says what was found and what was expected. The
/// target of the load is unchanged.
/// </summary>
public sealed class CheckpointException : Exception
{
    /// <summary>Creates an exception.</summary>
    /// <param name="message">What was found, and what was expected.</param>
    /// <param name="innerException">The cause, or null.</param>
    public CheckpointException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}
