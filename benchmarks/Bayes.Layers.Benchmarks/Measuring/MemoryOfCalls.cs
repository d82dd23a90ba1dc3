using System.Text.Json;
using Bayes.Layers.Benchmarks.Work;
using Bayes.Layers.Samples.Support.Running;

namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>
/// Measures the memory of one call of each variant in a separate process. An allocator keeps freed memory, so a second call in the same process
/// would seem to take none.
/// </summary>
internal static class MemoryOfCalls
{
    /// <summary>The command of the process that makes the call.</summary>
    public const string Command = "memory-of-call";

    /// <summary>The argument for the baseline; the other variant is the library.</summary>
    public const string Baseline = "baseline";
    public const string Library = "library";

    /// <summary>Returns the memory of both variants of a case on a device.</summary>
    public static (PeakMemory Baseline, PeakMemory Library) Of(Case given, string device) =>
        (InProcess(given, device, Baseline), InProcess(given, device, Library));

    /// <summary>Runs in the child process: makes the call and writes its memory to the output.</summary>
    public static void Measure(string key, string way, string device, TextWriter output)
    {
        var given = Cases.Prediction.Single(each => each.Key == key);
        var place = TorchSharp.torch.device(device);
        WarmUp(Network.FullyConnected(8, 8, 10), place);
        WarmUp(Network.Convolutional, place);
        using var work = given.Create(place);
        output.WriteLine(JsonSerializer.Serialize(PeakMemory.Of(way == Baseline ? work.Baseline : work.Library)));
    }

    // Code and tables that load on first use do not count.
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
            : throw new InvalidOperationException(
                $"{given.Key}, {way}: the process that measures its memory ended with exit code {exitCode}: {ThisProgram.LastLine(error)}");
    }
}
