using System.Runtime.CompilerServices;
using Bayes.Layers.Samples.Support.ExistingTorch;

// Tests share torch's global generator and count live tensors, so they run one after the other.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Bayes.Layers.Tests;

internal static class TestSetup
{
    /// <summary>
    /// What torch's generator starts from where a test class makes its fields, which C# does before the base class's constructor
    /// seeds the test itself: not the same, or fields and tests would hold the same numbers.
    /// </summary>
    public const long SeedOfFields = 7;

    /// <summary>The libtorch that TORCH_LIB names, if it does; one native thread, so that sums are added up in one order on every machine, and a seed.</summary>
    [ModuleInitializer]
    internal static void Start()
    {
        if (TorchLibrary.Named(option: null, optionName: "") is { } library)
        {
            library.Load();
            if (library.HasCuda)
                TorchProbe.InitializeCuda();
        }
        set_num_threads(1);
        set_num_interop_threads(1);
        random.manual_seed(SeedOfFields);
    }
}
