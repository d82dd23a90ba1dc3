namespace Bayes.Layers.Reports.Figures;

/// <summary>A point of a rejection curve.</summary>
/// <param name="RejectedShare">The share of examples that is set aside, in [0, 1).</param>
/// <param name="Retained">The number of examples that are left; at least 1.</param>
/// <param name="Value">What is measured on the rest.</param>
/// <param name="Low">Lower end of its interval; the value itself without one.</param>
/// <param name="High">Upper end of its interval.</param>
internal sealed record RejectionPlace(double RejectedShare, long Retained, double Value, double Low, double High);
