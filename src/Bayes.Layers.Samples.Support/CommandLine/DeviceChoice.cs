using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Support.CommandLine;

/// <summary>The device named on the command line: auto, cpu, cuda or cuda:N.</summary>
internal static class DeviceChoice
{
    /// <summary>The names, for help texts and messages.</summary>
    public const string Names = "auto, cpu, cuda or cuda:N";

    /// <summary>Determines whether a text has the form of a device's name; the device may be missing.</summary>
    public static bool IsName(string name) => name is "auto" or "cpu" or "cuda" || CudaIndex(name) is not null;

    /// <summary>Returns the device with a name. auto returns the first GPU if there is one.</summary>
    /// <exception cref="InvalidOperationException">The CUDA device that is named is missing.</exception>
    public static Device Find(string name)
    {
        if (name == "cpu")
            return CPU;
        int count = cuda.is_available() ? cuda.device_count() : 0;
        if (name == "auto")
            return count > 0 ? new Device(DeviceType.CUDA, 0) : CPU;
        int index = CudaIndex(name) ?? 0;
        return index < count
            ? new Device(DeviceType.CUDA, index)
            : throw new InvalidOperationException(
                $"The device '{name}' is not there: this process sees {count} CUDA devices. "
                + "Use --device cpu, or build with -p:TorchBackend=cuda on a machine with a GPU.");
    }

    private static int? CudaIndex(string name) =>
        name.StartsWith("cuda:", StringComparison.Ordinal)
        && int.TryParse(name.AsSpan("cuda:".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            ? index
            : null;
}
