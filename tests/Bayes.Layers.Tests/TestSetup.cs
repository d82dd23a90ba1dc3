using System.Runtime.CompilerServices;

// Tests share torch's global generator and count live tensors, so they run one after the other.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Bayes.Layers.Tests;

internal static class TestSetup
{
    /// <summary>One native thread: sums are added up in one order, on every machine.</summary>
    [ModuleInitializer]
    internal static void PinNativeThreads()
    {
        set_num_threads(1);
        set_num_interop_threads(1);
    }
}
