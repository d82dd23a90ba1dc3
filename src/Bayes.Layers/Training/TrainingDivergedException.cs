namespace Bayes.Layers.Training;

/// <summary>Training was stopped, since step after step was not finite.</summary>
public sealed class TrainingDivergedException : InvalidOperationException
{
    internal TrainingDivergedException(string message, TrainingHistory history) : base(message) => History = history;

    /// <summary>Training up to there.</summary>
    public TrainingHistory History { get; }
}
