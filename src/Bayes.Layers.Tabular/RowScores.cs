namespace Bayes.Layers.Tabular;

/// <summary>How well rows were predicted.</summary>
/// <param name="LogDensities">The logarithm of the density, or of the probability, of each row's target, in nats.</param>
/// <param name="Error">The root mean squared error in the target's unit, or the share of wrong classes.</param>
internal sealed record RowScores(IReadOnlyList<double> LogDensities, double Error);
