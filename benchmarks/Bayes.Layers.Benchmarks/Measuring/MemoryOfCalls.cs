using System.Text.Json;
using Bayes.Layers.Benchmarks.Work;
using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>
/// Measures the memory of one call of each way in a process of its own: an allocator keeps what it once had, so that a second call in one process would seem to take nothing.
/// </summary>
internal static class MemoryOfCalls
{
    /// <summary>The command of the process that makes the call.</summary>
    public const string Command = "memory-of-call";

    /// <summary>The way that is the baseline, on that command's line; the other is the library's.</summary>
    public const string Baseline = "baseline";
    public const string Library = "library";

    /// <summary>What the two ways of a case take on a device.</summary>
    public static (PeakMemory Baseline, PeakMemory Library) Of(Case given, string device) => (InProcess(given, device, Baseline), InProcess(given, device, Library));

    /// <summary>In the process of its own: makes the call, and writes what it took to the output.</summary>
    public static void Measure(string key, string way, string device, TextWriter output)
    {
        var given = Cases.Prediction.Single(each => each.Key == key);
        var place = TorchSharp.torch.device(device);
        WarmUp(Network.FullyConnected(8, 8, 10), place);
        WarmUp(Network.Convolutional, place);
        using var work = given.Create(place);
        output.WriteLine(JsonSerializer.Serialize(PeakMemory.Of(way == Baseline ? work.Baseline : work.Library)));
    }

    // Code and tables that are loaded at first use are not the call's.
    private static void WarmUp(Network network, TorchSharp.torch.Device device)
    {
        using var work = new PredictionWork(network, rows: 4, draws: 2, device);
        work.Baseline();
        work.Library();
    }

    private static PeakMemory InProcess(Case given, string device, string way)
    {
        var (exitCode, output, error) = ThisProgram.Run(ThisProgram.With(Command, given.Key, way, "--device", device))!.Value;
        return exitCode == 0
            ? JsonSerializer.Deserialize<PeakMemory>(ThisProgram.LastLine(output))!
            : throw new InvalidOperationException($"{given.Key}, {way}: the process that measures its memory ended with exit code {exitCode}: {ThisProgram.LastLine(error)}");
    }
}
