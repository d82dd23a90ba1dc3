using System.CommandLine;
using System.CommandLine.Parsing;
using Bayes.Layers.Samples.BreastCancer;
using Bayes.Layers.Samples.Digits;
using Bayes.Layers.Samples.Regression;
using Bayes.Layers.Samples.Tabular;

namespace Bayes.Layers.Samples;

/// <summary>The command line: one command for each sample; without a command, the breast-cancer experiment.</summary>
internal static class SampleProgram
{
    /// <summary>Runs a command. What goes wrong is one line on <paramref name="error"/>, never a stack trace.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter error, bool isTerminal, Interrupt interrupt)
    {
        var root = new RootCommand(
            "Samples of Bayes.Layers: Bayesian neural networks on TorchSharp. Without a command the breast-cancer experiment runs, with its options.");
        BreastCancerCommand.AddTo(root, Execute);
        var breastCancer = new Command("breast-cancer", BreastCancerCommand.Description);
        BreastCancerCommand.AddTo(breastCancer, Execute);
        root.Subcommands.Add(breastCancer);
        root.Subcommands.Add(TabularCommand.Create(options => TabularRun.Run(options, output, interrupt)));
        root.Subcommands.Add(DigitsCommand.Create(options => DigitsRun.Run(options, output, isTerminal, interrupt)));
        root.Subcommands.Add(RegressionCommand.Create(options => RegressionRun.Run(options, output, isTerminal, interrupt)));
        try
        {
            return CommandLineProgram.Run(root, arguments, output, error, MisplacedOption);
        }
        catch (Exception exception)
        {
            error.WriteLine($"error: {CommandLineProgram.OneLine(exception)}");
            return ExitCode.Failure;
        }

        void Execute(BreastCancerOptions options) => BreastCancerRun.Run(options, output, isTerminal, interrupt);
    }

    // Options of the experiment need no command; before another command's name they would be lost.
    private static string? MisplacedOption(ParseResult parsed)
    {
        var misplaced = parsed.RootCommandResult.Children.OfType<OptionResult>().FirstOrDefault(option => !option.Implicit);
        var command = parsed.CommandResult.Command;
        return misplaced is not null && command is not RootCommand
            ? $"{misplaced.IdentifierToken?.Value} stands before the command '{command.Name}'; expected options after it."
            : null;
    }
}
