namespace Bayes.Layers.Samples.Regression;

/// <summary>One observation.</summary>
/// <param name="X">Place.</param>
/// <param name="Y">Observed value, with noise.</param>
internal readonly record struct SimulatedPoint(double X, double Y);
