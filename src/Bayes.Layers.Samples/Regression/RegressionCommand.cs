using System.CommandLine;

namespace Bayes.Layers.Samples.Regression;

/// <summary>The regression on the command line.</summary>
internal static class RegressionCommand
{
    private const string Description =
        "Trains a 1-50-2 Bayesian network on a simulated curve with noise that depends on x and a gap in the data, "
        + "and draws the bands of aleatoric and total uncertainty.";

    public static Command Create(ProgramConsole console)
    {
        var defaults = new RegressionOptions();
        return new OptionList<RegressionOptions>(defaults)
            .Whole("--points", "Points to train on.", defaults.Points, 1, 1_000_000, (options, value) => options with { Points = (int)value })
            .Add(
                CommandOptions.Choice(
                    "--activation", "What a hidden unit does: gaussian, local in x; or tanh or relu, whose units reach over the gap.",
                    defaults.Activation, Activations.Names),
                (options, value) => options with { Activation = value! })
            .Epochs("Passes over the points.")
            .BatchSize("Points per step.")
            .LearningRate("Adam's learning rate at the start; it falls to a twentieth.")
            .Beta()
            .Samples("Monte Carlo draws of the prediction.", 2, 100_000)
            .Seed("Seed of the data, initialisation, shuffling and noise.")
            .Device()
            .Output("Folder for the figure, metrics.json and report.html; created if missing.")
            .Quiet()
            .AddTo(new Command("regression", Description), options => RegressionRun.Run(options, console));
    }
}
