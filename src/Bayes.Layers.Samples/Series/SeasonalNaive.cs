namespace Bayes.Layers.Samples.Series;

/// <summary>
/// The seasonal naive forecast: a day is like the last known day of the same weekday. Its error is taken as normal, with the standard deviation that
/// it has on the training days.
/// </summary>
internal sealed class SeasonalNaive
{
    private const int Week = 7;

    private readonly DailySeries _series;
    private readonly int _back;

    /// <summary>Measures the error on the days before the first one that tests.</summary>
    public SeasonalNaive(DailySeries series, int horizon, int firstTestDay)
    {
        _series = series;
        _back = (horizon + Week - 1) / Week * Week;
        double[] errors = [.. Enumerable.Range(0, firstTestDay).Where(day => day >= _back).Select(day => series.Values[day] - MeanOf(day))];
        Stddev = Math.Max(double.Epsilon, Math.Sqrt(errors.Average(error => error * error)));
    }

    /// <summary>Standard deviation of every forecast.</summary>
    public double Stddev { get; }

    /// <summary>Returns the forecast of a day.</summary>
    public double MeanOf(int day) => _series.Values[day - _back];
}
