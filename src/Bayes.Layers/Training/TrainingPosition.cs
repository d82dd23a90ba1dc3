namespace Bayes.Layers.Training;

/// <summary>The position of training when a step begins, counted from 0.</summary>
/// <param name="Epoch">The number of epochs before this one.</param>
/// <param name="Batch">The number of batches of this epoch before this one.</param>
/// <param name="BatchesPerEpoch">The number of batches of an epoch; at least 1.</param>
/// <param name="Epochs">The largest number of epochs of the training.</param>
public readonly record struct TrainingPosition(int Epoch, long Batch, long BatchesPerEpoch, int Epochs)
{
    /// <summary>Gets the number of steps before this one.</summary>
    public long Step => Epoch * BatchesPerEpoch + Batch;

    /// <summary>Gets the largest number of steps of the training.</summary>
    public long Steps => Epochs * BatchesPerEpoch;
}
