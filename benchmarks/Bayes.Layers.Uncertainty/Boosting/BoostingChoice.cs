namespace Bayes.Layers.Uncertainty.Boosting;

/// <summary>What a search found.</summary>
/// <param name="Settings">The settings.</param>
/// <param name="Trees">The number of trees.</param>
/// <param name="Error">Root mean squared error of the rows that were left out.</param>
internal sealed record BoostingChoice(BoostingSettings Settings, int Trees, double Error);
