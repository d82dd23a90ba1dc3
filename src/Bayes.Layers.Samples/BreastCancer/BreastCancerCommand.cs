using System.CommandLine;
using static Bayes.Layers.Samples.CommandOptions;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>The experiment's options on the command line.</summary>
internal static class BreastCancerCommand
{
    public const string Description =
        "Trains a 2-5-5-1 Bayesian network by Bayes by Backprop on two features of the Wisconsin breast-cancer data, and draws its decision boundary, its uncertainty by kind, and a report on one page.";

    /// <summary>Adds the options to a command, and what it does.</summary>
    public static void AddTo(Command command, Action<BreastCancerOptions> execute)
    {
        var defaults = new BreastCancerOptions();
        var epochs = Whole("--epochs", "Passes over the training half.", defaults.Epochs, 1, 1_000_000);
        var batchSize = Whole("--batch-size", "Examples per step.", defaults.BatchSize, 1, 1_000_000);
        var learningRate = Number("--learning-rate", "AdamW's learning rate.", defaults.LearningRate, mayBeZero: false);
        var beta = Number("--beta", "Weight of the KL divergence; 1 is Bayes' rule, below 1 a colder posterior.", defaults.Beta, mayBeZero: true);
        var samples = Whole("--samples", "Monte Carlo draws for the evaluation on the test half.", defaults.Samples, 1, 1_000_000);
        var grid = Whole("--grid", "Points along each side of the maps.", defaults.Grid, 2, 4_000);
        var gridSamples = Whole("--grid-samples", "Monte Carlo draws for the maps.", defaults.GridSamples, 2, 1_000_000);
        var seed = Whole("--seed", "Seed of initialisation, shuffling and noise.", defaults.Seed, 0, long.MaxValue - 2);
        var splitSeed = Whole("--split-seed", "Seed of the split into halves; the same split as scikit-learn's train_test_split.", (long)defaults.SplitSeed, 0, uint.MaxValue);
        var device = Device(defaults.Device);
        var output = Folder("Folder for the figures, metrics.json and report.html; created if missing.", defaults.Output);
        var data = new Option<string?>("--data") { Description = "A CSV file with the columns mean_radius, mean_texture and target. [default: the one shipped]", HelpName = "file" };
        RefuseBlank(data);
        var quiet = Quiet();

        foreach (Option option in new Option[] { epochs, batchSize, learningRate, beta, samples, grid, gridSamples, seed, splitSeed, device, output, data, quiet })
            command.Options.Add(option);
        command.SetAction(parsed => execute(new BreastCancerOptions
        {
            Epochs = (int)parsed.GetValue(epochs),
            BatchSize = (int)parsed.GetValue(batchSize),
            LearningRate = parsed.GetValue(learningRate),
            Beta = parsed.GetValue(beta),
            Samples = (int)parsed.GetValue(samples),
            Grid = (int)parsed.GetValue(grid),
            GridSamples = (int)parsed.GetValue(gridSamples),
            Seed = parsed.GetValue(seed),
            SplitSeed = (uint)parsed.GetValue(splitSeed),
            Device = parsed.GetValue(device)!,
            Output = parsed.GetValue(output)!,
            Data = parsed.GetValue(data),
            Quiet = parsed.GetValue(quiet),
        }));
    }
}
