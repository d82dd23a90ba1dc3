using System.CommandLine;

namespace Bayes.Layers.Samples.Tabular;

/// <summary>The tabular sample on the command line.</summary>
internal static class TabularCommand
{
    private const string Description =
        "Trains a Bayesian network on a CSV file of your own, over random splits, and reports how well it predicts and how well it knows that.";

    public static Command Create(ProgramConsole console)
    {
        var defaults = new TabularOptions { Data = "", Target = "", Task = TabularTask.Regression };
        string tasks = string.Join(", ", TabularTask.Names);
        return new OptionList<TabularOptions>(defaults)
            .Add(
                CommandOptions.Required("--data", "The CSV file: a header, then a row a line; separated by commas, semicolons or tabs.", "file"),
                (options, value) => options with { Data = value! })
            .Add(
                CommandOptions.Required("--target", "The name of the column to predict.", "column"),
                (options, value) => options with { Target = value! })
            .Add(
                CommandOptions.Required("--task", $"What the target is: {tasks}.", "task").Accepting(TabularTask.Names),
                (options, value) => options with { Task = value! })
            .Whole(
                "--splits", "Random splits into training and test rows.", defaults.Splits, 1, 10_000,
                (options, value) => options with { Splits = (int)value })
            .Add(
                CommandOptions.Number("--test-fraction", "The share of rows that test, below 1.", defaults.TestFraction, mayBeZero: false, below: 1),
                (options, value) => options with { TestFraction = value })
            .Whole(
                "--hidden", "Units of one hidden layer; 0 for the layers that suit the number of rows.", defaults.Hidden, 0, 100_000,
                (options, value) => options with { Hidden = (int)value })
            .Epochs("Passes over the training rows; 0 for as many as suit their number.", 0, 10_000_000)
            .BatchSize("Rows per step; 0, the default, for what suits their number.")
            .LearningRate("Adam's learning rate at the start, which falls to 0; by default what suits the number of rows.")
            .Samples("Monte Carlo draws of a prediction, by all networks together.", 2, 100_000)
            .Seed("Seed of the splits, initialisation, batches and noise.")
            .Output("Folder for metrics.json and report.html; created if missing.")
            .Quiet()
            .AddTo(new Command("tabular", Description), options => TabularRun.Run(options, console));
    }
}
