using System.CommandLine;
using Bayes.Layers.Uncertainty.Uci;

namespace Bayes.Layers.Uncertainty;

/// <summary>The command line: one command for each comparison of predictive distributions.</summary>
internal static class UncertaintyProgram
{
    /// <summary>Runs a command. An error is one line on <paramref name="error"/>, never a stack trace.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter error, bool isTerminal, Interrupt interrupt)
    {
        var root = new RootCommand("Compares the predictive distributions of Bayes.Layers with those of other methods.");
        root.Subcommands.Add(UciCommand.Create(new ProgramConsole(output, isTerminal, interrupt)));
        try
        {
            return CommandLineProgram.Run(root, arguments, output, error);
        }
        catch (Exception exception)
        {
            error.WriteLine($"error: {CommandLineProgram.OneLine(exception)}");
            return ExitCode.Failure;
        }
    }
}
