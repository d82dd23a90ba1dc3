using System.CommandLine;
using System.CommandLine.Parsing;
using Bayes.Layers.Samples.BreastCancer;
using Bayes.Layers.Samples.Compare;
using Bayes.Layers.Samples.Digits;
using Bayes.Layers.Samples.Fashion;
using Bayes.Layers.Samples.Regression;
using Bayes.Layers.Samples.Series;
using Bayes.Layers.Samples.Tabular;

namespace Bayes.Layers.Samples;

/// <summary>The command line: one command for each sample. Without a command, the breast-cancer experiment runs.</summary>
internal static class SampleProgram
{
    /// <summary>Runs a command. An error is one line on <paramref name="error"/>, never a stack trace.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter error, bool isTerminal, Interrupt interrupt)
    {
        var console = new ProgramConsole(output, isTerminal, interrupt);
        var root = new RootCommand(
            "Samples of Bayes.Layers: Bayesian neural networks on TorchSharp. "
            + "Without a command the breast-cancer experiment runs, with its options.");
        BreastCancerCommand.AddTo(root, console);
        root.Subcommands.Add(BreastCancerCommand.AddTo(new Command("breast-cancer", BreastCancerCommand.Description), console));
        root.Subcommands.Add(TabularCommand.Create(console));
        root.Subcommands.Add(DigitsCommand.Create(console));
        root.Subcommands.Add(RegressionCommand.Create(console));
        root.Subcommands.Add(CompareCommand.Create(console));
        root.Subcommands.Add(FashionCommand.Create(console));
        root.Subcommands.Add(SeriesCommand.Create(console));
        try
        {
            return CommandLineProgram.Run(root, arguments, output, error, MisplacedOption);
        }
        catch (Exception exception)
        {
            error.WriteLine($"error: {CommandLineProgram.OneLine(exception)}");
            return ExitCode.Failure;
        }
    }

    // The experiment's options need no command, but before the name of another command they would be ignored.
    private static string? MisplacedOption(ParseResult parsed)
    {
        var misplaced = parsed.RootCommandResult.Children.OfType<OptionResult>().FirstOrDefault(option => !option.Implicit);
        var command = parsed.CommandResult.Command;
        return misplaced is not null && command is not RootCommand
            ? $"{misplaced.IdentifierToken?.Value} stands before the command '{command.Name}'; expected options after it."
            : null;
    }
}
