namespace Bayes.Layers.Evaluation;

/// <summary>The accuracy on what is left when the least certain examples are set aside.</summary>
/// <param name="RejectedShare">The share that is set aside, in [0, 1).</param>
/// <param name="Retained">How many examples are left; at least 1.</param>
/// <param name="Accuracy">The share of these that is classified rightly.</param>
public sealed record RejectionPoint(double RejectedShare, long Retained, double Accuracy);
