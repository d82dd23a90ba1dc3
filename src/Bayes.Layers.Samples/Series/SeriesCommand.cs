using System.CommandLine;

namespace Bayes.Layers.Samples.Series;

/// <summary>The series sample on the command line.</summary>
internal static class SeriesCommand
{
    private const string Description =
        "Trains a Bayesian LSTM to forecast a daily series with weekly and yearly seasons some days ahead, with intervals, and compares it with the "
        + "seasonal naive forecast.";

    public static Command Create(ProgramConsole console)
    {
        var defaults = new SeriesOptions();
        var data = new Option<string?>("--data")
        {
            Description = "A CSV file with the columns date (yyyy-MM-dd) and value, a row for each day. [default: simulated]", HelpName = "file",
        };
        CommandOptions.RefuseBlank(data);
        return new OptionList<SeriesOptions>(defaults)
            .Add(data, (options, value) => options with { Data = value })
            .Whole("--days", "Days to simulate.", defaults.Days, 100, 100_000, (options, value) => options with { Days = (int)value })
            .Whole(
                "--horizon", "Days from the last known day to the forecast one.", defaults.Horizon, 1, 365,
                (options, value) => options with { Horizon = (int)value })
            .Whole(
                "--window", "Days that the network looks back.", defaults.Window, 1, 1000, (options, value) => options with { Window = (int)value })
            .Whole("--hidden", "Size of the network's state.", defaults.Hidden, 1, 10_000, (options, value) => options with { Hidden = (int)value })
            .Whole(
                "--test-days", "Days at the end that test.", defaults.TestDays, 2, 100_000,
                (options, value) => options with { TestDays = (int)value })
            .Epochs("Passes over the training days.")
            .BatchSize("Days per step.")
            .LearningRate("Adam's learning rate at the start; it falls to a twentieth.")
            .Beta()
            .Samples("Monte Carlo draws of the forecasts.", 2, 100_000)
            .Seed("Seed of the data, initialisation, shuffling and noise.")
            .Device()
            .Output("Folder for the figure, metrics.json and report.html; created if missing.")
            .Quiet()
            .AddTo(new Command("series", Description), options => SeriesRun.Run(options, console));
    }
}
