namespace Bayes.Layers.Reports.Figures;

/// <summary>The labels of the horizontal and the vertical axis.</summary>
internal sealed record AxisNames(string X, string Y);
