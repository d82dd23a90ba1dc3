namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>The duration of something.</summary>
/// <param name="Median">The median of all rounds, in seconds.</param>
/// <param name="LowerQuartile">The lower quartile, in seconds.</param>
/// <param name="UpperQuartile">The upper quartile, in seconds.</param>
/// <param name="Rounds">The number of rounds.</param>
internal sealed record Timing(double Median, double LowerQuartile, double UpperQuartile, int Rounds)
{
    /// <summary>Returns the timing of several rounds.</summary>
    /// <param name="seconds">One number per round; at least one.</param>
    public static Timing Of(IEnumerable<double> seconds)
    {
        double[] sorted = [.. seconds.Order()];
        return new(Quantile(sorted, 0.5), Quantile(sorted, 0.25), Quantile(sorted, 0.75), sorted.Length);
    }

    private static double Quantile(double[] sorted, double level)
    {
        double place = level * (sorted.Length - 1);
        int below = (int)place, above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
