namespace Bayes.Layers.Training;

/// <summary>How far training has come: told after every epoch.</summary>
/// <param name="Epoch">The epoch that has just ended.</param>
/// <param name="Epochs">Epochs that training has at most.</param>
/// <param name="IsBest">Whether the epoch's validation log density is the highest so far; no without a validation set.</param>
public sealed record TrainingProgress(TrainingEpoch Epoch, int Epochs, bool IsBest)
{
    /// <summary>Epochs done of those at most, in (0, 1].</summary>
    public double Fraction => (double)Epoch.Number / Epochs;

    /// <summary>Describes the epoch in one line.</summary>
    public override string ToString() => $"Epoch {Epoch.Number} of {Epochs}: {Epoch.Numbers}{(IsBest ? " (best)" : "")}";
}
