namespace Bayes.Layers.Samples.Support.Figures;

/// <summary>The predictions of turned images.</summary>
/// <param name="Angle">Angle in degrees.</param>
/// <param name="MutualInformation">Mean epistemic uncertainty, in nats.</param>
/// <param name="Accuracy">Share of the images that are classified correctly.</param>
internal readonly record struct RotationPoint(double Angle, double MutualInformation, double Accuracy);
