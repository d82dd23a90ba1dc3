namespace Bayes.Layers.Samples.Support.Report;

/// <summary>A figure of the report.</summary>
/// <param name="Path">The PNG file.</param>
/// <param name="Caption">What stands below it.</param>
/// <param name="AlternativeText">What it shows, for who cannot see it.</param>
internal sealed record ReportFigure(string Path, string Caption, string AlternativeText);
