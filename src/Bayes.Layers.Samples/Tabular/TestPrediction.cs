namespace Bayes.Layers.Samples.Tabular;

/// <summary>What was predicted for the test rows of a split, for the report.</summary>
/// <param name="Targets">The observed values: numbers in the target's unit, or indices of classes.</param>
/// <param name="Mean">Predicted means in the target's unit, or the probabilities of all classes row by row.</param>
/// <param name="Stddev">Predicted standard deviations in the target's unit; empty for classes.</param>
internal sealed record TestPrediction(double[] Targets, double[] Mean, double[] Stddev);
