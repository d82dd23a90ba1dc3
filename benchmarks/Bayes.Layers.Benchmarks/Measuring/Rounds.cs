using System.Diagnostics;

namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>
/// Times several variants in turn, round by round, so that a disturbance of a second slows all of them and their ratios stay right. The order
/// rotates from round to round, so that no variant always follows the same other.
/// </summary>
/// <param name="Seconds">The time after which no further round begins, unless too few were made.</param>
/// <param name="Least">The minimum number of rounds; at least 1.</param>
/// <param name="Most">The maximum number of rounds.</param>
internal sealed record Rounds(double Seconds, int Least, int Most)
{
    // Shorter calls are repeated within a round, so that the clock and a thread's wake-up hardly count.
    private const double ShortestSeconds = 0.005;

    // The runtime optimizes a method after some calls and a tenth of a second.
    private const double WarmUpSeconds = 0.4;

    /// <summary>A quick look.</summary>
    public static Rounds Quick { get; } = new(Seconds: 3, Least: 3, Most: 15);

    /// <summary>For a report.</summary>
    public static Rounds Thorough { get; } = new(Seconds: 10, Least: 7, Most: 31);

    /// <summary>For one of many points of a curve.</summary>
    public static Rounds Curve { get; } = new(Seconds: 3, Least: 5, Most: 21);

    /// <summary>Times the variants after calls to warm them up.</summary>
    /// <returns>The timing of one call of each.</returns>
    public Timing[] Time(IReadOnlyList<Action> ways)
    {
        int[] repeats = [.. ways.Select(Repeats)];
        List<double>[] seconds = [.. ways.Select(_ => new List<double>())];
        var watch = Stopwatch.StartNew();
        for (int round = 0; round < Least || (round < Most && watch.Elapsed.TotalSeconds < Seconds); round++)
        {
            for (int turn = 0; turn < ways.Count; turn++)
            {
                int way = (round + turn) % ways.Count;
                seconds[way].Add(Once(ways[way], repeats[way]));
            }
        }
        return [.. seconds.Select(Timing.Of)];
    }

    // The first call loads code, and the next ones run code that the runtime has not yet optimized.
    private static int Repeats(Action way)
    {
        way();
        int calls = 0;
        var watch = Stopwatch.StartNew();
        for (; calls == 0 || watch.Elapsed.TotalSeconds < WarmUpSeconds; calls++)
            way();
        return Repeats(watch.Elapsed.TotalSeconds / calls);
    }

    /// <summary>Returns how often a call is repeated within a round.</summary>
    /// <param name="seconds">The duration of a call.</param>
    internal static int Repeats(double seconds) => Math.Clamp((int)Math.Ceiling(ShortestSeconds / Math.Max(seconds, 1e-9)), 1, 10_000);

    private static double Once(Action way, int repeats)
    {
        // Each variant pays for the collection of its own garbage.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < repeats; i++)
            way();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / repeats;
    }
}
