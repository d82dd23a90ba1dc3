using System.CommandLine;

namespace Bayes.Layers.Samples.Fashion;

/// <summary>The fashion sample on the command line.</summary>
internal static class FashionCommand
{
    private const string Description =
        "Trains a convolutional Bayesian neural network on pictures of clothes (Fashion-MNIST), and shows what it makes of handwritten digits, "
        + "which it has never seen.";

    public static Command Create(ProgramConsole console)
    {
        var defaults = new FashionOptions { Data = "" };
        var data = CommandOptions.Required(
            "--data",
            "The folder with the four IDX files of Fashion-MNIST, compressed by gzip or not. Debian's package dataset-fashion-mnist has them.",
            "folder");
        CommandOptions.RefuseBlank(data);
        return new OptionList<FashionOptions>(defaults)
            .Add(data, (options, value) => options with { Data = value! })
            .Whole(
                "--train-images", "Most images to train on, the first of the file.", defaults.TrainImages, 1, 1_000_000,
                (options, value) => options with { TrainImages = (int)value })
            .Whole(
                "--test-images", "Most images to test on, the first of the file.", defaults.TestImages, 1, 1_000_000,
                (options, value) => options with { TestImages = (int)value })
            .Epochs("Passes over the training images.")
            .BatchSize("Images per step.")
            .LearningRate("Adam's learning rate at the start; it falls to a twentieth.")
            .Beta()
            .Samples("Monte Carlo draws of every prediction.", 2, 100_000)
            .Seed("Seed of initialisation, shuffling and noise.")
            .Device()
            .Output("Folder for the figure, metrics.json and report.html; created if missing.")
            .Quiet()
            .AddTo(new Command("fashion", Description), options => FashionRun.Run(options, console));
    }
}
