using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>What one call of a prediction takes of memory, by hand and by the library.</summary>
internal sealed record MemoryResult(string Key, string Title, PeakMemory Baseline, PeakMemory Library);
