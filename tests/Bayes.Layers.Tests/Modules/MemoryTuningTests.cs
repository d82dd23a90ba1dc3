using System.Runtime.InteropServices;

namespace Bayes.Layers.Tests.Modules;

public sealed class MemoryTuningTests : TorchTest
{
    private static bool IsGnu =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint library) && NativeLibrary.TryGetExport(library, "gnu_get_libc_version", out _);

    [Fact]
    public void It_says_whether_it_was_done_also_the_second_time()
    {
        MemoryTuning.KeepFreedMemory().Should().Be(IsGnu);
        MemoryTuning.KeepFreedMemory().Should().Be(IsGnu);
    }

    [Fact]
    public void Freed_memory_is_used_again_without_asking_the_system()
    {
        Assert.SkipUnless(MemoryTuning.KeepFreedMemory(), "only with glibc");
        const int megabytes = 12, rounds = 20, page = 4096;
        Round();
        long before = PageFaults();
        for (int i = 0; i < rounds; i++)
            Round();
        (PageFaults() - before).Should().BeLessThan(2L * rounds * (megabytes << 20) / page / 4);

        static void Round()
        {
            using var scope = NewDisposeScope();
            Tensor first = zeros(megabytes << 18, float32), second = ones(megabytes << 18, float32);
        }
    }

    // The tenth field of proc(5)'s stat; the second, a name, may hold blanks.
    private static long PageFaults() => long.Parse(File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ')[7]);
}
