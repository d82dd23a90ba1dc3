using System.CommandLine;
using static Bayes.Layers.Samples.CommandOptions;

namespace Bayes.Layers.Samples.Regression;

/// <summary>The regression on the command line.</summary>
internal static class RegressionCommand
{
    public const string Description =
        "Trains a 1-50-2 Bayesian network on a simulated curve with noise that depends on x and a gap in the data, and draws the bands of aleatoric and total uncertainty.";

    /// <summary>The command.</summary>
    public static Command Create(Action<RegressionOptions> execute)
    {
        var defaults = new RegressionOptions();
        var points = Whole("--points", "Points to train on.", defaults.Points, 1, 1_000_000);
        var activation = Choice(
            "--activation", "What a hidden unit does: gaussian, local in x; or tanh or relu, whose units reach over the gap.", defaults.Activation, Activations.Names);
        var epochs = Whole("--epochs", "Passes over the points.", defaults.Epochs, 1, 1_000_000);
        var batchSize = Whole("--batch-size", "Points per step.", defaults.BatchSize, 1, 1_000_000);
        var learningRate = Number("--learning-rate", "Adam's learning rate at the start; it falls to a twentieth.", defaults.LearningRate, mayBeZero: false);
        var beta = Number("--beta", "Weight of the KL divergence; 1 is Bayes' rule, below 1 a colder posterior.", defaults.Beta, mayBeZero: true);
        var samples = Whole("--samples", "Monte Carlo draws of the prediction.", defaults.Samples, 2, 100_000);
        var seed = Whole("--seed", "Seed of the data, initialisation, shuffling and noise.", defaults.Seed, 0, long.MaxValue - 2);
        var device = Device(defaults.Device);
        var output = Folder("Folder for the figure and metrics.json; created if missing.", defaults.Output);
        var quiet = Quiet();

        var command = new Command("regression", Description);
        foreach (Option option in new Option[] { points, activation, epochs, batchSize, learningRate, beta, samples, seed, device, output, quiet })
            command.Options.Add(option);
        command.SetAction(parsed => execute(new RegressionOptions
        {
            Points = (int)parsed.GetValue(points),
            Activation = parsed.GetValue(activation)!,
            Epochs = (int)parsed.GetValue(epochs),
            BatchSize = (int)parsed.GetValue(batchSize),
            LearningRate = parsed.GetValue(learningRate),
            Beta = parsed.GetValue(beta),
            Samples = (int)parsed.GetValue(samples),
            Seed = parsed.GetValue(seed),
            Device = parsed.GetValue(device)!,
            Output = parsed.GetValue(output)!,
            Quiet = parsed.GetValue(quiet),
        }));
        return command;
    }
}
