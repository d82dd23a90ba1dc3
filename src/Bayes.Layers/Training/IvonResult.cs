namespace Bayes.Layers.Training;

/// <summary>What <see cref="Ivon.Fit"/> returns.</summary>
/// <param name="Model">The model, which the caller disposes; it owns the network.</param>
/// <param name="History">The history of the training.</param>
public sealed record IvonResult(WeightSpaceModule Model, TrainingHistory History);
