namespace Bayes.Layers.Benchmarks.Work;

/// <summary>An unavoidable part of a workload, done alone by libtorch, for comparison.</summary>
/// <param name="Name">The name of the part.</param>
/// <param name="Run">Does the part of one call of the workload.</param>
internal sealed record Bound(string Name, Action Run);
