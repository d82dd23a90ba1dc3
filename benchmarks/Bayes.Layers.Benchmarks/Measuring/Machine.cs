using System.Reflection;
using System.Runtime.InteropServices;
using Bayes.Layers.Samples.Support.ExistingTorch;
using static TorchSharp.torch;

namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>A description of the machine.</summary>
internal static class Machine
{
    /// <summary>Returns processor or GPU, threads and versions in one line.</summary>
    public static string Describe(string device) => string.Join(", ", Facts(device).Select(fact => $"{fact.Name}: {fact.Value}"));

    /// <summary>Returns the same as separate facts.</summary>
    public static IReadOnlyList<MachineFact> Facts(string device) =>
    [
        new("device", device),
        new("processor", $"{Processor()}, {Environment.ProcessorCount} logical cores"),
        new("torch's threads", $"{get_num_threads()}"),
        new("memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 30)} GiB"),
        new("system", RuntimeInformation.OSDescription.Split('#')[0].Trim()),
        new(".NET", $"{Environment.Version}"),
        new("TorchSharp", Metadata("TorchSharpVersion")),
        new("libtorch", TorchLibrary.InUse is { } library
            ? $"{library.Version ?? "of unknown version"}, an existing one" : $"{TorchLibrary.ExpectedVersion}, from its package"),
    ];

    private static string Metadata(string key) =>
        typeof(Machine).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == key).Value!;

    private static string Processor()
    {
        const string cpuInfo = "/proc/cpuinfo", field = "model name";
        string? line = File.Exists(cpuInfo) ? File.ReadLines(cpuInfo).FirstOrDefault(each => each.StartsWith(field, StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
            ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
