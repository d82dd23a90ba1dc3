namespace Bayes.Layers.Training;

/// <summary>Where training is when a step begins. Everything is counted from 0.</summary>
/// <param name="Epoch">Epochs before this one.</param>
/// <param name="Batch">Batches of this epoch before this one.</param>
/// <param name="BatchesPerEpoch">Batches of an epoch; at least 1.</param>
/// <param name="Epochs">Epochs that training has at most.</param>
public readonly record struct TrainingPosition(int Epoch, long Batch, long BatchesPerEpoch, int Epochs)
{
    /// <summary>Steps before this one.</summary>
    public long Step => Epoch * BatchesPerEpoch + Batch;

    /// <summary>Steps that training has at most.</summary>
    public long Steps => Epochs * BatchesPerEpoch;
}
