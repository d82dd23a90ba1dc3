using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Tests.Benchmarks;

public sealed class PeakMemoryTests : TorchTest
{
    private const long Bytes = 64 << 20;

    [Fact]
    public void What_a_call_takes_natively_is_seen_though_it_is_freed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the peak is the process's");
        PeakMemory.Of(() => ones(Bytes / sizeof(float)).Dispose()).ResidentBytes.Should().BeGreaterThan(Bytes / 2);
    }

    [Fact]
    public void What_a_call_takes_of_the_heap_is_seen()
    {
        PeakMemory.Of(() => GC.KeepAlive(new byte[Bytes])).AllocatedBytes.Should().BeGreaterThanOrEqualTo(Bytes);
        PeakMemory.Of(() => { }).AllocatedBytes.Should().BeLessThan(1 << 20);
    }
}
