using System.Runtime.InteropServices;

namespace Bayes.Layers.Tests.Modules;

public sealed class MemoryTuningTests : TorchTest
{
    private static bool IsGnu =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out nint library)
        && NativeLibrary.TryGetExport(library, "gnu_get_libc_version", out _);

    [Fact]
    public void It_returns_the_outcome_also_on_the_second_call()
    {
        MemoryTuning.KeepFreedMemory().Should().Be(IsGnu);
        MemoryTuning.KeepFreedMemory().Should().Be(IsGnu);
    }
}
