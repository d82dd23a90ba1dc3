using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Tests.Benchmarks;

public sealed class PeakMemoryTests : TorchTest
{
    private const long Bytes = 64 << 20;

    [Fact]
    public void Native_memory_of_a_call_is_measured_even_if_it_is_freed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere the peak is the process's");
        PeakMemory.Of(() => ones(Bytes / sizeof(float)).Dispose()).ResidentBytes.Should().BeGreaterThan(Bytes / 2);
    }

    [Fact]
    public void Managed_memory_of_a_call_is_measured()
    {
        PeakMemory.Of(() => GC.KeepAlive(new byte[Bytes])).AllocatedBytes.Should().BeGreaterThanOrEqualTo(Bytes);
        PeakMemory.Of(() => { }).AllocatedBytes.Should().BeLessThan(1 << 20);
    }
}
