using System.Text.Json;
using System.Text.Json.Nodes;
using Bayes.Layers.Benchmarks.Measuring;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>
/// The file of a quick run: for each case the medians of the library, of its baseline and of the plain network, and their ratios.
/// </summary>
internal static class QuickFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>
    /// Returns the text of the file. Times are per unit, which is a step for a training loop. Memory is that of a prediction, if measured.
    /// </summary>
    public static string Text(IEnumerable<CaseResult> results, IReadOnlyList<MemoryResult> memory)
    {
        var file = new JsonObject();
        foreach (var result in results)
        {
            double seconds = result.Library.Median / result.Units, baseline = result.Baseline.Median / result.Units;
            var entry = new JsonObject { ["seconds"] = seconds, ["baseline_seconds"] = baseline, ["speedup"] = result.Speedup };
            if (result.Plain is { } plain)
            {
                entry["plain_seconds"] = plain.Median / result.Units;
                entry["over_plain"] = result.OverPlain;
            }
            if (result.Key.StartsWith("train_", StringComparison.Ordinal))
            {
                entry["steps_per_second"] = 1 / seconds;
                entry["baseline_steps_per_second"] = 1 / baseline;
            }
            if (memory.FirstOrDefault(each => each.Key == result.Key) is { } taken)
            {
                entry["resident_bytes"] = taken.Library.ResidentBytes;
                entry["baseline_resident_bytes"] = taken.Baseline.ResidentBytes;
                entry["memory_share"] = taken.Share;
            }
            entry["rounds"] = result.Library.Rounds;
            entry["device"] = result.Device;
            file[result.Key] = entry;
        }
        return file.ToJsonString(Indented) + "\n";
    }
}
