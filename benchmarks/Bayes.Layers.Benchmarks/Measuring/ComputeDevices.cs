using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>The devices that benchmarks run on.</summary>
internal static class ComputeDevices
{
    /// <summary>The existing devices: the CPU and the first GPU.</summary>
    public static IReadOnlyList<string> Present { get; } = HasGpu() ? ["cpu", "cuda:0"] : ["cpu"];

    /// <summary>The missing devices and the reason; null if none is missing.</summary>
    public static string? LeftOut =>
        Present.Count > 1 ? null
            : "cuda:0 is left out: this process sees no CUDA device (a libtorch for CUDA comes with -p:TorchBackend=cuda, or with TORCH_LIB from a "
            + "PyTorch installation).";

    private static bool HasGpu()
    {
        try
        {
            return cuda.is_available();
        }
        catch (Exception exception) when (exception is NotSupportedException or DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }
}
