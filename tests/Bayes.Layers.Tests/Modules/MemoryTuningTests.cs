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
}
