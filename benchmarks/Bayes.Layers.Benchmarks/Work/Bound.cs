namespace Bayes.Layers.Benchmarks.Work;

/// <summary>A part of a workload that no way of doing it can leave out, done alone by libtorch: what the time is compared with.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Run">Does it once, for one call of the workload.</param>
internal sealed record Bound(string Name, Action Run);
