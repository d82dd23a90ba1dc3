using System.CommandLine;

namespace Bayes.Layers.Samples.Digits;

/// <summary>The digits sample on the command line.</summary>
internal static class DigitsCommand
{
    private const string Description =
        "Trains a convolutional Bayesian network on images of handwritten digits, and shows what it makes of digits that are turned, "
        + "and of itself with most weights left out.";

    public static Command Create(ProgramConsole console)
    {
        var defaults = new DigitsOptions();
        return new OptionList<DigitsOptions>(defaults)
            .Epochs("Passes over the training part.")
            .BatchSize("Images per step.")
            .LearningRate("Adam's learning rate at the start; it falls to a twentieth.")
            .Beta()
            .Samples("Monte Carlo draws of every prediction.", 2, 100_000)
            .Seed("Seed of initialisation, shuffling and noise.")
            .Whole(
                "--split-seed", "Seed of the split: of each digit two thirds train, one third tests.", defaults.SplitSeed, 0, uint.MaxValue,
                (options, value) => options with { SplitSeed = (uint)value })
            .Device()
            .Output("Folder for the figures and metrics.json; created if missing.")
            .Quiet()
            .AddTo(new Command("digits", Description), options => DigitsRun.Run(options, console));
    }
}
