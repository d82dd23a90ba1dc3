namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>PyTorch's times for a case.</summary>
/// <param name="Timings">The times on one thread and on all, as written and compiled.</param>
/// <param name="NotCompiled">The reason if the case was asked to be compiled and was not; null otherwise.</param>
internal sealed record PyTorchResult(IReadOnlyList<PyTorchTiming> Timings, string? NotCompiled);
