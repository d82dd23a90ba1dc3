using Bayes.Layers.Training;

namespace Bayes.Layers.Samples;

/// <summary>One epoch of training, as metrics.json lists it.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="TrainLoss">The negative ELBO, in nats per example.</param>
/// <param name="NegativeLogLikelihood">Its first part, in nats per example.</param>
/// <param name="KlDivergence">KL(q ‖ p), unscaled, in nats.</param>
internal sealed record LossRecord(int Epoch, double TrainLoss, double NegativeLogLikelihood, double KlDivergence)
{
    /// <summary>Every epoch that was finished.</summary>
    public static IReadOnlyList<LossRecord> Of(TrainingHistory training) =>
        [.. training.Epochs.Select(epoch => new LossRecord(epoch.Number, epoch.Loss, epoch.NegativeLogLikelihood, epoch.KlDivergence))];
}
