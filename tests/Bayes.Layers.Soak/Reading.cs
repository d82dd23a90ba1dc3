using System.Diagnostics;
using System.Globalization;

namespace Bayes.Layers.Soak;

/// <summary>The memory and tensors of the process after a round over all cases.</summary>
/// <param name="Elapsed">The time since the start.</param>
/// <param name="Rounds">The number of rounds so far.</param>
/// <param name="LiveTensors">The number of tensors of this thread that have not been disposed.</param>
/// <param name="ResidentMebibytes">The resident memory.</param>
internal sealed record Reading(TimeSpan Elapsed, int Rounds, long LiveTensors, double ResidentMebibytes)
{
    /// <summary>Returns the current reading of this process.</summary>
    public static Reading Now(TimeSpan elapsed, int rounds)
    {
        using var process = Process.GetCurrentProcess();
        return new Reading(elapsed, rounds, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount,
            process.WorkingSet64 / (1024.0 * 1024.0));
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture,
            $"{Elapsed.TotalSeconds,6:0} s  {Rounds,6} rounds  {LiveTensors,6} live tensors  {ResidentMebibytes,8:0.0} MiB");
}
