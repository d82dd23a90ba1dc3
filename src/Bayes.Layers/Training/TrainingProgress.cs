namespace Bayes.Layers.Training;

/// <summary>The progress of a training, reported after every epoch.</summary>
/// <param name="Epoch">The epoch that has just ended.</param>
/// <param name="Epochs">The largest number of epochs of the training.</param>
/// <param name="IsBest">Whether the epoch's validation log density is the highest so far; false without a validation set.</param>
public sealed record TrainingProgress(TrainingEpoch Epoch, int Epochs, bool IsBest)
{
    /// <summary>Gets the finished share of the largest number of epochs, in (0, 1].</summary>
    public double Fraction => (double)Epoch.Number / Epochs;

    /// <summary>Returns a description of the epoch in one line.</summary>
    public override string ToString() => $"Epoch {Epoch.Number} of {Epochs}: {Epoch.Numbers}{(IsBest ? " (best)" : "")}";
}
