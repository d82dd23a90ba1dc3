namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>The memory of one call in a process that had made no such call before.</summary>
/// <param name="ResidentBytes">The highest resident memory during the call minus that before it.</param>
/// <param name="AllocatedBytes">The managed memory allocated on all threads.</param>
internal sealed record PeakMemory(long ResidentBytes, long AllocatedBytes)
{
    /// <summary>Makes the call and measures it.</summary>
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
