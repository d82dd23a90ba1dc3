namespace Bayes.Layers.Reports;

/// <summary>A setting of a run in its report.</summary>
/// <param name="Name">The name of the setting.</param>
/// <param name="Value">The value as text.</param>
public sealed record ReportSetting(string Name, string Value);
