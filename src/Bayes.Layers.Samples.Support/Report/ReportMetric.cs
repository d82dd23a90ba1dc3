namespace Bayes.Layers.Samples.Support.Report;

/// <summary>A number in the report.</summary>
/// <param name="Name">Name of the number.</param>
/// <param name="Value">The number as text.</param>
/// <param name="Explanation">Unit or meaning; may be empty.</param>
internal sealed record ReportMetric(string Name, string Value, string Explanation);
