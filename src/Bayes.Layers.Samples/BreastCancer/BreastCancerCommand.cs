using System.CommandLine;

namespace Bayes.Layers.Samples.BreastCancer;

/// <summary>The experiment's options on the command line.</summary>
internal static class BreastCancerCommand
{
    public const string Description =
        "Trains a 2-5-5-1 Bayesian network by Bayes by Backprop on two features of the Wisconsin breast-cancer data, "
        + "and draws its decision boundary, its uncertainty by kind, and a report on one page.";

    /// <summary>Gives a command the options, and runs the experiment with them.</summary>
    /// <returns>The command.</returns>
    public static Command AddTo(Command command, ProgramConsole console)
    {
        var defaults = new BreastCancerOptions();
        var data = new Option<string?>("--data")
        {
            Description = "A CSV file with the columns mean_radius, mean_texture and target. [default: the one shipped]", HelpName = "file",
        };
        CommandOptions.RefuseBlank(data);
        return new OptionList<BreastCancerOptions>(defaults)
            .Epochs("Passes over the training half.")
            .BatchSize("Examples per step.")
            .LearningRate("AdamW's learning rate.")
            .Beta()
            .Samples("Monte Carlo draws for the evaluation on the test half.", 1, 1_000_000)
            .Whole("--grid", "Points along each side of the maps.", defaults.Grid, 2, 4_000, (options, value) => options with { Grid = (int)value })
            .Whole(
                "--grid-samples", "Monte Carlo draws for the maps.", defaults.GridSamples, 2, 1_000_000,
                (options, value) => options with { GridSamples = (int)value })
            .Seed("Seed of initialisation, shuffling and noise.")
            .Whole(
                "--split-seed", "Seed of the split into halves; the same split as scikit-learn's train_test_split.",
                defaults.SplitSeed, 0, uint.MaxValue, (options, value) => options with { SplitSeed = (uint)value })
            .Device()
            .Output("Folder for the figures, metrics.json and report.html; created if missing.")
            .Add(data, (options, value) => options with { Data = value })
            .Quiet()
            .AddTo(command, options => BreastCancerRun.Run(options, console));
    }
}
