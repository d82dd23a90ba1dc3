namespace Bayes.Layers.Reports;

/// <summary>A number in a report.</summary>
/// <param name="Name">The name of the number.</param>
/// <param name="Value">The number as text.</param>
/// <param name="Explanation">Its unit or meaning; may be empty.</param>
public sealed record ReportMetric(string Name, string Value, string Explanation = "");
