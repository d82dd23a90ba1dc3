namespace Bayes.Layers.Samples.Support.Report;

/// <summary>A setting of the run that is reported.</summary>
internal sealed record ReportSetting(string Name, string Value);
