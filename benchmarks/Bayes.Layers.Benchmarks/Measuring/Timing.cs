namespace Bayes.Layers.Benchmarks.Measuring;

/// <summary>How long something took.</summary>
/// <param name="Median">Seconds, the median of all rounds.</param>
/// <param name="LowerQuartile">Seconds.</param>
/// <param name="UpperQuartile">Seconds.</param>
/// <param name="Rounds">How often it was timed.</param>
internal sealed record Timing(double Median, double LowerQuartile, double UpperQuartile, int Rounds)
{
    /// <summary>The timing of some rounds.</summary>
    /// <param name="seconds">One number a round; at least one.</param>
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
