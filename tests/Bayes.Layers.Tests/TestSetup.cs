using System.Runtime.CompilerServices;
using Bayes.Layers.Samples.Support.ExistingTorch;

// Tests share torch's global generator and count live tensors, so they run one after the other: all but those of OtherProcesses are one collection.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.Collections)]

namespace Bayes.Layers.Tests;

internal static class TestSetup
{
    /// <summary>
    /// The seed of torch's generator while a test class initializes its fields, which C# does before the base class's constructor
    /// seeds the test. It differs from the test's seed, or fields and tests would contain the same numbers.
    /// </summary>
    public const long SeedOfFields = 7;

    /// <summary>
    /// Loads the libtorch in TORCH_LIB, if set, and sets a seed and one native thread, so that sums have one order on every machine.
    /// </summary>
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
