namespace Bayes.Layers.Samples.Regression;

/// <summary>
/// The process that makes the data: y = f(x) + noise whose standard deviation depends on x, for x from <see cref="Low"/> to <see cref="High"/>.
/// There are no data between <see cref="GapLow"/> and <see cref="GapHigh"/>.
/// </summary>
internal static class SimulatedProcess
{
    /// <summary>Smallest x.</summary>
    public const double Low = -3;

    /// <summary>Start of the gap.</summary>
    public const double GapLow = -1;

    /// <summary>End of the gap.</summary>
    public const double GapHigh = 1;

    /// <summary>Largest x.</summary>
    public const double High = 3;

    /// <summary>Determines whether x lies in the gap.</summary>
    public static bool IsInGap(double x) => x is > GapLow and < GapHigh;

    /// <summary>Computes f(x) = sin 2x + 0.3 x.</summary>
    public static double Mean(double x) => Math.Sin(2 * x) + 0.3 * x;

    /// <summary>Computes the standard deviation of the noise, which rises from 0.05 at the left to 0.35 at the right.</summary>
    public static double NoiseStddev(double x) => 0.05 + 0.3 / (1 + Math.Exp(-2 * x));

    /// <summary>Draws points whose x is uniform over both sides of the gap.</summary>
    public static SimulatedPoint[] BesideGap(Random random, int count) => Draw(random, count, NoiseStddev, share =>
    {
        double x = Low + share * (High - Low - (GapHigh - GapLow));
        return x < GapLow ? x : x + (GapHigh - GapLow);
    });

    /// <summary>Draws points whose x is uniform over the gap.</summary>
    public static SimulatedPoint[] InGap(Random random, int count) =>
        Draw(random, count, NoiseStddev, share => GapLow + share * (GapHigh - GapLow));

    /// <summary>Draws points of the function with noise.</summary>
    /// <param name="random">The generator.</param>
    /// <param name="count">Number of points.</param>
    /// <param name="noise">Returns the standard deviation of the noise at x.</param>
    /// <param name="place">Returns x for a number from 0 to 1.</param>
    public static SimulatedPoint[] Draw(Random random, int count, Func<double, double> noise, Func<double, double> place)
    {
        var points = new SimulatedPoint[count];
        for (int index = 0; index < count; index++)
        {
            double x = place(random.NextDouble());
            points[index] = new SimulatedPoint(x, Mean(x) + noise(x) * StandardNormal(random));
        }
        return points;
    }

    // The Box-Muller transform; 1 - u is never 0.
    private static double StandardNormal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
