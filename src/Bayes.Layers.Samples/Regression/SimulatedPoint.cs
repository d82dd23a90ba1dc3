namespace Bayes.Layers.Samples.Regression;

/// <summary>One observation.</summary>
/// <param name="X">Where.</param>
/// <param name="Y">What was observed there, with noise.</param>
internal readonly record struct SimulatedPoint(double X, double Y);
