using Bayes.Layers.Training;

namespace Bayes.Layers.Samples.Support.Metrics;

/// <summary>How training went.</summary>
/// <typeparam name="TEpoch">A record of an epoch.</typeparam>
/// <param name="History">Every finished epoch.</param>
/// <param name="FinalTrainLoss">Loss of the last finished epoch, or null if no epoch was finished.</param>
/// <param name="StepsPerSecond">Training steps a second.</param>
/// <param name="TrainSeconds">Time of the training steps alone.</param>
internal sealed record TrainingMetrics<TEpoch>(
    IReadOnlyList<TEpoch> History, double? FinalTrainLoss, double StepsPerSecond, double TrainSeconds) : MetricsPart
{
    /// <summary>Returns what a training's history says, with each epoch's record.</summary>
    public static TrainingMetrics<TEpoch> Of(TrainingHistory training, IReadOnlyList<TEpoch> history) =>
        new(history, training.Epochs.Count > 0 ? training.Epochs[^1].Loss : null, training.StepsPerSecond, training.Seconds);
}

/// <summary>How training went, with the two terms of each epoch's loss.</summary>
internal static class TrainingMetrics
{
    /// <summary>Returns what a training's history says.</summary>
    public static TrainingMetrics<EpochMetrics> Of(TrainingHistory training) => TrainingMetrics<EpochMetrics>.Of(
        training,
        [.. training.Epochs.Select(epoch => new EpochMetrics(epoch.Number, epoch.Loss, epoch.NegativeLogLikelihood, epoch.KlDivergence))]);
}
