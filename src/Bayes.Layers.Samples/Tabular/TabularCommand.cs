using System.CommandLine;
using static Bayes.Layers.Samples.CommandOptions;

namespace Bayes.Layers.Samples.Tabular;

/// <summary>The tabular sample on the command line.</summary>
internal static class TabularCommand
{
    public const string Description =
        "Trains a Bayesian network on a CSV file of your own, over random splits, and reports how well it predicts and how well it knows that.";

    /// <summary>The command.</summary>
    public static Command Create(Action<TabularOptions> execute)
    {
        var defaults = new TabularOptions { Data = "", Target = "", Task = TabularTask.Regression };
        var data = Required("--data", "The CSV file: a header, then a row a line; separated by commas, semicolons or tabs.", "file");
        var target = Required("--target", "The name of the column to predict.", "column");
        var task = Required("--task", $"What the target is: {string.Join(", ", TabularTask.Names)}.", "task");
        task.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } value && !TabularTask.Names.Contains(value))
                result.AddError($"--task is '{value}'; expected regression, binary or multiclass.");
        });
        var splits = Whole("--splits", "Random splits into training and test rows.", defaults.Splits, 1, 10_000);
        var testFraction = Number("--test-fraction", "The share of rows that test, below 1.", defaults.TestFraction, mayBeZero: false, below: 1);
        var hidden = Whole("--hidden", "Units of the hidden layer.", defaults.Hidden, 1, 100_000);
        var epochs = Whole("--epochs", $"Passes over the training rows; 0 for as many as make {TabularOptions.DefaultSteps:N0} steps.", 0, 0, 10_000_000);
        var batchSize = Whole("--batch-size", "Rows per step.", defaults.BatchSize, 1, 1_000_000);
        var learningRate = Number("--learning-rate", "Adam's learning rate at the start; it falls to 0.", defaults.LearningRate, mayBeZero: false);
        var samples = Whole("--samples", "Monte Carlo draws of each network's prediction.", defaults.Samples, 1, 100_000);
        var seed = Whole("--seed", "Seed of the splits, initialisation, batches and noise.", defaults.Seed, 0, long.MaxValue - 2);
        var output = Folder("Folder for metrics.json; created if missing.", defaults.Output);
        var quiet = Quiet();

        var command = new Command("tabular", Description);
        foreach (Option option in new Option[] { data, target, task, splits, testFraction, hidden, epochs, batchSize, learningRate, samples, seed, output, quiet })
            command.Options.Add(option);
        command.SetAction(parsed => execute(new TabularOptions
        {
            Data = parsed.GetValue(data)!,
            Target = parsed.GetValue(target)!,
            Task = parsed.GetValue(task)!,
            Splits = (int)parsed.GetValue(splits),
            TestFraction = parsed.GetValue(testFraction),
            Hidden = (int)parsed.GetValue(hidden),
            Epochs = parsed.GetValue(epochs) is > 0 and var given ? (int)given : null,
            BatchSize = (int)parsed.GetValue(batchSize),
            LearningRate = parsed.GetValue(learningRate),
            Samples = (int)parsed.GetValue(samples),
            Seed = parsed.GetValue(seed),
            Output = parsed.GetValue(output)!,
            Quiet = parsed.GetValue(quiet),
        }));
        return command;
    }

    private static Option<string?> Required(string name, string description, string helpName) => new(name) { Description = description, HelpName = helpName, Required = true };
}
