using Bayes.Layers.Reports;
using Bayes.Layers.Samples.Support.Figures;
using static TorchSharp.torch;

namespace Bayes.Layers.Samples.Series;

/// <summary>The series sample from the data to the page, as the command runs it.</summary>
internal static class SeriesRun
{
    private const int EpochsPerLine = 20;

    /// <summary>Returns the name and the unit of the series.</summary>
    public static (string Name, string Unit) TargetOf(SeriesOptions options) => options.Data is null ? ("demand", "MWh") : ("value", "");

    /// <summary>Runs the sample. After Ctrl-C, it stops training, and evaluates and draws the model as it is.</summary>
    public static void Run(SeriesOptions options, ProgramConsole console)
    {
        var device = DeviceChoice.Find(options.Device);
        var series = options.Data is { } path ? DailySeries.Read(path)
            : DemandProcess.Simulate(new Random(unchecked((int)SeedStreams.For(options.Seed, "series"))), options.Days);
        using var windows = new SeriesWindows(series, options, device);
        var run = new RunningSample(options, console);
        using var experiment = new SeriesExperiment(options, windows, device);

        run.Screen.WriteLine(experiment.Model);
        run.Screen.WriteLine(
            $"{series.Days:N0} days from {series.First:yyyy-MM-dd}: {windows.TrainInput.shape[0]:N0} to train on, {windows.TestInput.shape[0]:N0} "
            + "to test "
            + $"on, forecast {options.Horizon} ahead from {options.Window}; {device}");
        var training = run.Train(EpochsPerLine, experiment.Train, "F0");

        using var scope = NewDisposeScope();
        using var forecast = experiment.Forecast();
        var naive = new SeasonalNaive(series, options.Horizon, windows.FirstTestDay);
        double[] observed = series.Values[windows.FirstTestDay..];
        double[] naiveMeans = [.. Enumerable.Range(windows.FirstTestDay, observed.Length).Select(naive.MeanOf)];
        var target = tensor(observed, [observed.Length, 1]).to(forecast.Mean.device);
        var network = ForecastEvaluation.Of(forecast, target);
        var naiveMean = tensor(naiveMeans);
        using TorchSharp.Scalar naiveStddev = naive.Stddev;
        var simple = ForecastEvaluation.OfNormal(naiveMean, full_like(naiveMean, naiveStddev), tensor(observed));
        var diagnostics = experiment.Diagnose();
        var metrics = SeriesMetrics.Of(options, device, training, windows, network, simple, diagnostics);
        run.Write(metrics);

        var figure = Figure(options, series, windows.FirstTestDay, forecast, naiveMeans);
        var files = FigureFile.Save(run.Folder, figure);
        SeriesReport.Write(run.Folder, options, metrics, Report.Of(forecast, target), training, diagnostics, figure);

        run.Screen.WriteLine($"""

            Test days                Bayesian LSTM   seasonal naive
              RMSE                   {network.Rmse,13:F3}   {simple.Rmse,14:F3}
              CRPS                   {network.Crps,13:F3}   {simple.Crps,14:F3}
              90 % intervals contain {network.Coverage90,13:P1}   {simple.Coverage90,14:P1}
              mean width of them     {network.IntervalWidth,13:F3}   {simple.IntervalWidth,14:F3}

            {diagnostics}

            {RunningSample.Speed(training)}
            {run.FilesWritten(files, Report.FileName)}
            """);
    }

    private static FigureFile Figure(SeriesOptions options, DailySeries series, int first, Predictive forecast, double[] naive)
    {
        using var scope = NewDisposeScope();
        var (lower, upper) = forecast.PredictionInterval(ForecastEvaluation.Mass);
        double[] mean = Numbers.Of(forecast.Mean), low = Numbers.Of(lower), high = Numbers.Of(upper);
        var (name, unit) = TargetOf(options);
        ForecastDay[] days = [.. mean.Select((value, index) => new ForecastDay(
            series.DayAt(first + index), series.Values[first + index], value, low[index], high[index], naive[index]))];
        return new FigureFile(
            "forecast.png",
            ForecastFigure.Draw(
                days, ForecastEvaluation.Mass, "seasonal naive", unit.Length == 0 ? name : $"{name} ({unit})", "Forecasts and what happened"),
            $"The last {Math.Min(days.Length, ForecastFigure.WideDays)} of {days.Length} test days on a wide page, "
            + $"{Math.Min(days.Length, ForecastFigure.NarrowDays)} on a narrow one.",
            "Curves of the forecasts with their band and of the seasonal naive forecasts, and dots for the observed values, which mostly lie within "
            + "the band.");
    }
}
