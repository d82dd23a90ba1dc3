namespace Bayes.Layers.Samples.Support.Report;

/// <summary>A setting of the run in the report.</summary>
internal sealed record ReportSetting(string Name, string Value);
