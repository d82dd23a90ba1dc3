namespace Bayes.Layers.Training;

/// <summary>The exception for a training that was stopped because too many steps in a row were not finite.</summary>
public sealed class TrainingDivergedException : InvalidOperationException
{
    internal TrainingDivergedException(string message, TrainingHistory history) : base(message) => History = history;

    /// <summary>Gets the history until then.</summary>
    public TrainingHistory History { get; }
}
