namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>One thing that numbers rest on: a processor, a version.</summary>
internal sealed record MachineFact(string Name, string Value);
