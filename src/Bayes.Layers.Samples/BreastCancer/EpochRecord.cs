namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>One epoch of training.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="TrainLoss">The mean over its steps of the negative ELBO, in nats per example.</param>
/// <param name="TestAccuracy">The accuracy on the test half after it.</param>
internal sealed record EpochRecord(int Epoch, double TrainLoss, double TestAccuracy);
