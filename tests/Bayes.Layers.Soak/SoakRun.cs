using System.Diagnostics;
using System.Globalization;

namespace Bayes.Layers.Soak;

/// <summary>Runs every case repeatedly, with collections at any moment. Nothing may grow, and each case must repeat its first numbers.</summary>
internal static class SoakRun
{
    /// <summary>The permitted growth of resident memory from the second quarter to the last. The first includes the compiler's memory.</summary>
    public const double AllowedGrowth = 0.05;

    /// <summary>Runs the soak.</summary>
    /// <param name="duration">The duration. At least one round runs before and one after the end of the first quarter.</param>
    /// <param name="folder">An existing folder for checkpoints.</param>
    /// <param name="output">The output for readings, at most one per second.</param>
    /// <exception cref="SoakException">A promise was broken.</exception>
    public static void Run(TimeSpan duration, string folder, TextWriter output)
    {
        var expected = new double[SoakCases.All.Count][];
        var readings = new List<Reading>();
        var told = TimeSpan.Zero;
        using var collecting = new CollectingThread();
        var watch = Stopwatch.StartNew();
        for (int round = 1; round <= 4 || watch.Elapsed < duration; round++)
        {
            for (int i = 0; i < expected.Length; i++)
            {
                double[] found = SoakCases.All[i].Run(seed: i, Path.Combine(folder, $"{i}.safetensors"));
                expected[i] ??= found;
                if (!found.AsSpan().SequenceEqual(expected[i]))
                    throw new SoakException($"{SoakCases.All[i].Name}: round {round} gives other numbers than the first, from the same seed.");
            }
            var reading = Reading.Now(watch.Elapsed, round);
            readings.Add(reading);
            if (round == 1 || watch.Elapsed - told >= duration / 10)
            {
                output.WriteLine(reading);
                told = watch.Elapsed;
            }
        }
        output.WriteLine(Verdict(readings, duration, collecting.Collections));
    }

    /// <summary>Summarizes the readings.</summary>
    /// <exception cref="SoakException">Something grew.</exception>
    public static string Verdict(IReadOnlyList<Reading> readings, TimeSpan duration, long collections)
    {
        var settled = readings.Where(reading => reading.Elapsed >= duration / 4).DefaultIfEmpty(readings[^1]).ToList();
        long first = settled[0].LiveTensors, last = settled[^1].LiveTensors;
        if (last > first)
            throw new SoakException(
                $"There are {last} live tensors after round {settled[^1].Rounds}; expected {first}, as after round {settled[0].Rounds}.");
        double before = Median(settled.Where(reading => reading.Elapsed < duration / 2).DefaultIfEmpty(settled[0]));
        double after = Median(settled.Where(reading => reading.Elapsed >= duration * 0.75).DefaultIfEmpty(settled[^1]));
        double growth = after / before - 1;
        string memory = string.Create(CultureInfo.InvariantCulture,
            $"{before:0.0} MiB resident in the second quarter and {after:0.0} in the last ({growth:+0.0 %;-0.0 %;0.0 %})");
        if (growth > AllowedGrowth)
            throw new SoakException(string.Create(CultureInfo.InvariantCulture, $"There were {memory}; expected at most {AllowedGrowth:0 %} more."));
        return $"{readings[^1].Rounds} rounds over {SoakCases.All.Count} models among {collections} collections: {last} live tensors throughout, "
            + $"{memory}.";
    }

    private static double Median(IEnumerable<Reading> readings)
    {
        double[] sorted = [.. readings.Select(reading => reading.ResidentMebibytes).Order()];
        return sorted[sorted.Length / 2];
    }
}
