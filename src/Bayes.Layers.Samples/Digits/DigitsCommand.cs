using System.CommandLine;
using static Bayes.Layers.Samples.CommandOptions;

namespace Bayes.Layers.Samples.Digits;

/// <summary>The digits sample on the command line.</summary>
internal static class DigitsCommand
{
    public const string Description =
        "Trains a convolutional Bayesian network on images of handwritten digits, and shows what it makes of digits that are turned, and of itself with most weights left out.";

    /// <summary>The command.</summary>
    public static Command Create(Action<DigitsOptions> execute)
    {
        var defaults = new DigitsOptions();
        var epochs = Whole("--epochs", "Passes over the training part.", defaults.Epochs, 1, 1_000_000);
        var batchSize = Whole("--batch-size", "Images per step.", defaults.BatchSize, 1, 1_000_000);
        var learningRate = Number("--learning-rate", "Adam's learning rate at the start; it falls to a twentieth.", defaults.LearningRate, mayBeZero: false);
        var beta = Number("--beta", "Weight of the KL divergence; 1 is Bayes' rule, below 1 a colder posterior.", defaults.Beta, mayBeZero: true);
        var samples = Whole("--samples", "Monte Carlo draws of every prediction.", defaults.Samples, 2, 100_000);
        var seed = Whole("--seed", "Seed of initialisation, shuffling and noise.", defaults.Seed, 0, long.MaxValue - 2);
        var splitSeed = Whole("--split-seed", "Seed of the split: of each digit two thirds train, one third tests.", (long)defaults.SplitSeed, 0, uint.MaxValue);
        var device = Device(defaults.Device);
        var output = Folder("Folder for the figures and metrics.json; created if missing.", defaults.Output);
        var quiet = Quiet();

        var command = new Command("digits", Description);
        foreach (Option option in new Option[] { epochs, batchSize, learningRate, beta, samples, seed, splitSeed, device, output, quiet })
            command.Options.Add(option);
        command.SetAction(parsed => execute(new DigitsOptions
        {
            Epochs = (int)parsed.GetValue(epochs),
            BatchSize = (int)parsed.GetValue(batchSize),
            LearningRate = parsed.GetValue(learningRate),
            Beta = parsed.GetValue(beta),
            Samples = (int)parsed.GetValue(samples),
            Seed = parsed.GetValue(seed),
            SplitSeed = (uint)parsed.GetValue(splitSeed),
            Device = parsed.GetValue(device)!,
            Output = parsed.GetValue(output)!,
            Quiet = parsed.GetValue(quiet),
        }));
        return command;
    }
}
