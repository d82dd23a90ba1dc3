using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Series;

/// <summary>
/// The days to forecast, each with the days before it that are known: for each of them the value relative to the mean of these days, and the calendar
/// of the day that is as far ahead of it as the forecast day is of the last known one. Relative values leave out growth, which would take the series
/// beyond what was trained on.
/// </summary>
/// <remarks>Owns its tensors: dispose it.</remarks>
internal sealed class SeriesWindows : IDisposable
{
    /// <summary>Numbers of each step: the value, the sine and the cosine of the season, and seven for the day of the week.</summary>
    public const int Features = 3 + DaysOfWeek;

    private const int DaysOfWeek = 7;
    private const double DaysOfYear = 365.25;

    /// <summary>Cuts a series into windows; the last days test.</summary>
    /// <exception cref="DataFileException">The series is too short, or its training days are all equal.</exception>
    public SeriesWindows(DailySeries series, SeriesOptions options, Device device)
    {
        int first = options.Window + options.Horizon - 1, train = series.Days - options.TestDays - first;
        if (train < options.Window)
            throw new DataFileException(
                options.Data ?? "(simulated)",
                $"has {series.Days} days, where at least {first + options.Window + options.TestDays} were expected for a window of "
                + $"{options.Window} days, "
                + $"a horizon of {options.Horizon} and {options.TestDays} days that test");
        FirstTestDay = first + train;
        double[] deviations = [.. Enumerable.Range(first, train).Select(day => series.Values[day] - LevelOf(day))];
        Unit = Math.Sqrt(deviations.Average(deviation => deviation * deviation));
        if (Unit == 0)
            throw new DataFileException(
                options.Data ?? "(simulated)", "has the same value on every day that trains, where different ones were expected");
        using var scope = NewDisposeScope();
        (TrainInput, TrainTarget) = Windows(first, train);
        (TestInput, var unused) = Windows(FirstTestDay, options.TestDays);
        unused.Dispose();
        double[] levels = [.. Enumerable.Range(FirstTestDay, options.TestDays).Select(LevelOf)];
        TestLevel = tensor(levels, [levels.Length, 1], float32).to(device).DetachFromDisposeScope();

        double LevelOf(int day) => series.Values.AsSpan(FirstKnown(day), options.Window).ToArray().Average();

        int FirstKnown(int day) => day - options.Horizon - options.Window + 1;

        (Tensor Input, Tensor Target) Windows(int from, int count)
        {
            var input = new float[count, options.Window, Features];
            var target = new float[count, 1];
            for (int row = 0; row < count; row++)
            {
                double level = LevelOf(from + row);
                target[row, 0] = (float)((series.Values[from + row] - level) / Unit);
                for (int step = 0; step < options.Window; step++)
                {
                    int day = FirstKnown(from + row) + step;
                    DateOnly ahead = series.DayAt(day + options.Horizon);
                    double phase = 2 * Math.PI * ahead.DayOfYear / DaysOfYear;
                    input[row, step, 0] = (float)((series.Values[day] - level) / Unit);
                    input[row, step, 1] = (float)Math.Sin(phase);
                    input[row, step, 2] = (float)Math.Cos(phase);
                    input[row, step, 3 + (int)ahead.DayOfWeek] = 1;
                }
            }
            return (
                tensor(input, float32).to(device).DetachFromDisposeScope(), tensor(target, float32).to(device).DetachFromDisposeScope());
        }
    }

    /// <summary>Zero-based index of the first day that tests.</summary>
    public int FirstTestDay { get; }

    /// <summary>What a standardised value of 1 is: how far a day of training typically lies from the mean of its window.</summary>
    public double Unit { get; }

    /// <summary>Windows of the training days, <c>[N, window, Features]</c>.</summary>
    public Tensor TrainInput { get; }

    /// <summary>Standardised values of the training days, <c>[N, 1]</c>.</summary>
    public Tensor TrainTarget { get; }

    /// <summary>Windows of the test days.</summary>
    public Tensor TestInput { get; }

    /// <summary>Mean of the window of each test day, which is 0 as a standardised value, <c>[N, 1]</c>.</summary>
    public Tensor TestLevel { get; }

    public void Dispose()
    {
        foreach (var tensor in new[] { TrainInput, TrainTarget, TestInput, TestLevel })
            tensor.Dispose();
    }
}
