namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>A finished epoch of training.</summary>
/// <param name="Epoch">Number, from 1.</param>
/// <param name="TrainLoss">Mean of the negative ELBO over the epoch's steps, in nats per example.</param>
/// <param name="TestAccuracy">Accuracy on the test half after the epoch.</param>
internal sealed record EpochRecord(int Epoch, double TrainLoss, double TestAccuracy);
