namespace Bayes.Layers.Samples.Support.Report;

/// <summary>A figure of the report.</summary>
/// <param name="Path">The PNG file.</param>
/// <param name="Caption">Text below the figure.</param>
/// <param name="AlternativeText">What the figure shows, for readers who cannot see it.</param>
internal sealed record ReportFigure(string Path, string Caption, string AlternativeText);
