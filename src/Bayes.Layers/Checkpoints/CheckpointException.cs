namespace Bayes.Layers.Checkpoints;

/// <summary>A file that is no checkpoint, or not one of the given model; the message says what was found and what was expected. Whatever was to be
/// loaded is as it was.</summary>
public sealed class CheckpointException : Exception
{
    /// <summary>An error with a message.</summary>
    /// <param name="message">What was found, and what was expected.</param>
    /// <param name="innerException">What was thrown below, if anything.</param>
    public CheckpointException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}
