namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>What becomes of a prediction when images are turned.</summary>
/// <param name="Angle">By how much, in degrees.</param>
/// <param name="MutualInformation">The mean epistemic uncertainty, in nats.</param>
/// <param name="Accuracy">The share classified rightly.</param>
internal readonly record struct RotationPoint(double Angle, double MutualInformation, double Accuracy);
