namespace Bayes.Layers.Evaluation;

/// <summary>The accuracy on the retained examples if the least certain ones are rejected.</summary>
/// <param name="RejectedShare">The share of examples that is rejected, in [0, 1).</param>
/// <param name="Retained">The number of retained examples; at least 1.</param>
/// <param name="Accuracy">The share of retained examples that is classified correctly.</param>
public sealed record RejectionPoint(double RejectedShare, long Retained, double Accuracy);
