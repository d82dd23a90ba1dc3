using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>What one call of a prediction takes of memory, by hand and by the library.</summary>
internal sealed record MemoryResult(string Key, string Title, PeakMemory Baseline, PeakMemory Library)
{
    /// <summary>The library's peak as a share of the loop's.</summary>
    public double Share => (double)Library.ResidentBytes / Baseline.ResidentBytes;

    /// <summary>Measures a prediction in two processes, one for each way.</summary>
    public static MemoryResult Measure(Case given, string device)
    {
        var (baseline, library) = MemoryOfCalls.Of(given, device);
        return new MemoryResult(given.Key, given.Title, baseline, library);
    }
}
