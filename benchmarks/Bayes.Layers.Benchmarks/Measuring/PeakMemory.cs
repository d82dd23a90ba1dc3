namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>What one call took of memory, in a process that had not made such a call before.</summary>
/// <param name="ResidentBytes">The most that was resident during the call, beyond what was before it.</param>
/// <param name="AllocatedBytes">What was allocated in .NET's own memory, over all threads.</param>
internal sealed record PeakMemory(long ResidentBytes, long AllocatedBytes)
{
    /// <summary>Makes the call and looks.</summary>
    public static PeakMemory Of(Action call)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        ResidentMemory.ResetPeak();
        long before = ResidentMemory.Now(), allocated = GC.GetTotalAllocatedBytes(precise: true);
        call();
        return new PeakMemory(Math.Max(0, ResidentMemory.Peak() - before), GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }
}
