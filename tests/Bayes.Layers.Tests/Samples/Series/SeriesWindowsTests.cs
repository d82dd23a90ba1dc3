using Bayes.Layers.Samples.Series;
using Bayes.Layers.Samples.Support.DataSets;

namespace Bayes.Layers.Tests.Samples.Series;

public sealed class SeriesWindowsTests : TorchTest
{
    private static readonly DailySeries Rising = new(new DateOnly(2024, 1, 1), [.. Enumerable.Range(0, 40).Select(day => (double)(day * day))]);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_window_ends_a_horizon_before_its_day(int horizon)
    {
        using var windows = new SeriesWindows(Rising, new SeriesOptions { Window = 5, Horizon = horizon, TestDays = 10 }, CPU);
        windows.FirstTestDay.Should().Be(30);
        windows.TrainInput.shape.Should().Equal(30 - 5 - horizon + 1, 5, SeriesWindows.Features);
        windows.TestInput.shape.Should().Equal(10, 5, SeriesWindows.Features);
        for (int row = 0; row < 10; row++)
        {
            int last = 30 + row - horizon;
            double[] known = [.. Enumerable.Range(last - 4, 5).Select(day => Rising.Values[day])];
            double level = known.Average();
            windows.TestLevel[row, 0].item<float>().Should().BeApproximately((float)level, 1e-3f);
            Values(windows.TestInput[row].select(1, 0)).Should().Equal(
                known.Select(value => (value - level) / windows.Unit), (found, expected) => Math.Abs(found - expected) < 1e-5);
        }
    }

    [Fact]
    public void The_calendar_is_that_of_the_day_to_forecast()
    {
        using var windows = new SeriesWindows(Rising, new SeriesOptions { Window = 5, Horizon = 3, TestDays = 10 }, CPU);
        for (int row = 0; row < 10; row++)
        {
            var day = Rising.DayAt(30 + row);
            Values(windows.TestInput[row, 4, 3..]).Should().Equal(Enumerable.Range(0, 7).Select(weekday => weekday == (int)day.DayOfWeek ? 1.0 : 0));
            double phase = 2 * Math.PI * day.DayOfYear / 365.25;
            windows.TestInput[row, 4, 1].item<float>().Should().BeApproximately((float)Math.Sin(phase), 1e-6f);
        }
    }

    [Fact]
    public void Growth_does_not_change_what_the_network_sees()
    {
        var options = new SeriesOptions { Window = 5, Horizon = 2, TestDays = 10 };
        var shifted = Rising with { Values = [.. Rising.Values.Select(value => value + 1e4)] };
        using SeriesWindows windows = new(Rising, options, CPU), others = new(shifted, options, CPU);
        others.TestInput.sub(windows.TestInput).abs().max().item<float>().Should().BeLessThan(1e-4f);
        others.TrainTarget.sub(windows.TrainTarget).abs().max().item<float>().Should().BeLessThan(1e-4f);
    }

    [Fact]
    public void A_series_that_does_not_change_is_refused() =>
        FluentActions.Invoking(() => new SeriesWindows(
            Rising with { Values = [.. Rising.Values.Select(_ => 1.0)] }, new SeriesOptions { Window = 5, Horizon = 2, TestDays = 10 }, CPU))
            .Should().Throw<DataFileException>().WithMessage("*has the same value on every day that trains*");

    [Fact]
    public void The_naive_forecast_is_the_last_known_day_of_the_same_weekday()
    {
        foreach (int horizon in new[] { 1, 7, 8 })
        {
            var naive = new SeasonalNaive(Rising, horizon, firstTestDay: 30);
            naive.MeanOf(35).Should().Be(Rising.Values[horizon <= 7 ? 28 : 21]);
        }
        double[] errors = [.. Enumerable.Range(7, 23).Select(day => Rising.Values[day] - Rising.Values[day - 7])];
        new SeasonalNaive(Rising, 7, 30).Stddev.Should().BeApproximately(Math.Sqrt(errors.Average(error => error * error)), 1e-9);
    }

    [Fact]
    public void Demand_is_highest_in_winter_and_lowest_on_Sundays()
    {
        double winter = Enumerable.Range(0, 28).Average(DemandProcess.Mean), summer = Enumerable.Range(182, 28).Average(DemandProcess.Mean);
        winter.Should().BeGreaterThan(summer + 20);
        var week = Enumerable.Range(182, 7).MinBy(DemandProcess.Mean);
        DemandProcess.First.AddDays(week).DayOfWeek.Should().Be(DayOfWeek.Sunday);
        double[] values = DemandProcess.Simulate(new Random(1), 3000).Values;
        values.Select((value, day) => value - DemandProcess.Mean(day)).Average().Should().BeApproximately(0, 1.5);
    }
}
