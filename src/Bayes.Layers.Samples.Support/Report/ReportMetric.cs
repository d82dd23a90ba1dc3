namespace Bayes.Layers.Samples.Support.Report;

/// <summary>A number of the report.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">It, written as it is to be read.</param>
/// <param name="Explanation">Its unit, or what it says; may be empty.</param>
internal sealed record ReportMetric(string Name, string Value, string Explanation);
