namespace Bayes.Layers.Samples.Series;

/// <summary>
/// The process that makes the data: the daily demand for electricity of an imagined town. It grows, is highest in winter, falls at weekends, more so
/// in summer, and wanders around that like an autoregression of order 1 whose noise is largest in winter.
/// </summary>
internal static class DemandProcess
{
    /// <summary>The first day.</summary>
    public static readonly DateOnly First = new(2021, 1, 1);

    private const double DaysOfYear = 365.25;
    private const double Level = 100;
    private const double GrowthOfYear = 4;
    private const double Yearly = 18;
    private const double HalfYearly = 5;
    private const double Saturday = -9;
    private const double Sunday = -14;
    private const double Persistence = 0.7;
    private const double NoiseStddev = 3;

    /// <summary>Simulates consecutive days.</summary>
    public static DailySeries Simulate(Random random, int days)
    {
        var values = new double[days];
        double wandering = 0;
        for (int day = 0; day < days; day++)
        {
            double winter = Winter(First.AddDays(day));
            wandering = Persistence * wandering + NoiseStddev * (1 + 0.5 * winter) * StandardNormal(random);
            values[day] = Mean(day) + wandering;
        }
        return new DailySeries(First, values);
    }

    /// <summary>Returns the mean of a day.</summary>
    /// <param name="day">Its zero-based index.</param>
    public static double Mean(int day)
    {
        DateOnly date = First.AddDays(day);
        double winter = Winter(date);
        double weekend = date.DayOfWeek switch { DayOfWeek.Saturday => Saturday, DayOfWeek.Sunday => Sunday, _ => 0 };
        return Level + GrowthOfYear * day / DaysOfYear + Yearly * winter + HalfYearly * Math.Cos(2 * Phase(date)) + weekend * (1 - 0.3 * winter);
    }

    // From -1 in the middle of July to 1 in the middle of January.
    private static double Winter(DateOnly date) => Math.Cos(Phase(date));

    private static double Phase(DateOnly date) => 2 * Math.PI * (date.DayOfYear - 15) / DaysOfYear;

    // The Box-Muller transform; 1 - u is never 0.
    private static double StandardNormal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
