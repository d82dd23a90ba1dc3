using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Benchmarks.Work;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>The memory of one call of a prediction, by hand and by the library.</summary>
internal sealed record MemoryResult(string Key, string Title, PeakMemory Baseline, PeakMemory Library)
{
    /// <summary>The ratio of the library's peak to the loop's.</summary>
    public double Share => (double)Library.ResidentBytes / Baseline.ResidentBytes;

    /// <summary>Measures a prediction in two processes, one for each variant.</summary>
    public static MemoryResult Measure(Case given, string device)
    {
        var (baseline, library) = MemoryOfCalls.Of(given, device);
        return new MemoryResult(given.Key, given.Title, baseline, library);
    }
}
