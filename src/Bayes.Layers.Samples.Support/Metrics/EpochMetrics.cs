namespace Bayes.Layers.Samples.Support.Metrics;

/// <summary>A finished epoch in metrics.json.</summary>
/// <param name="Epoch">Number, from 1.</param>
/// <param name="TrainLoss">Mean of the negative ELBO over the epoch's steps, in nats per example.</param>
/// <param name="NegativeLogLikelihood">First term of the loss, in nats per example.</param>
/// <param name="KlDivergence">KL(q ‖ p), unscaled, in nats.</param>
internal sealed record EpochMetrics(int Epoch, double TrainLoss, double NegativeLogLikelihood, double KlDivergence);
