namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>One fact that measurements depend on, such as the processor or a version.</summary>
internal sealed record MachineFact(string Name, string Value);
