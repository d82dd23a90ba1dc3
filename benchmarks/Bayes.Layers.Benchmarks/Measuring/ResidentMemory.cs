using System.Diagnostics;
using System.Globalization;

namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>
/// The current and highest resident memory of this process. On Linux, the highest since the last reset; elsewhere since the process began, which
/// shows a single call only if nothing larger came before.
/// </summary>
internal static class ResidentMemory
{
    private const string Status = "/proc/self/status";
    private const string ClearReferences = "/proc/self/clear_refs";

    /// <summary>Resets the peak if the system supports it.</summary>
    public static void ResetPeak()
    {
        // "5" resets the peak: proc(5).
        if (OperatingSystem.IsLinux() && File.Exists(ClearReferences))
            File.WriteAllText(ClearReferences, "5");
    }

    /// <summary>The current number of resident bytes.</summary>
    public static long Now() => OperatingSystem.IsLinux() ? Field("VmRSS:") : Refreshed().WorkingSet64;

    /// <summary>The highest number of resident bytes.</summary>
    public static long Peak() => OperatingSystem.IsLinux() ? Field("VmHWM:") : Refreshed().PeakWorkingSet64;

    private static long Field(string name)
    {
        string line = File.ReadLines(Status).First(each => each.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }

    private static Process Refreshed()
    {
        var process = Process.GetCurrentProcess();
        process.Refresh();
        return process;
    }
}
