using System.CommandLine;

namespace Bayes.Layers.Tool;

/// <summary>The command line: one command for each thing to do.</summary>
internal static class ToolProgram
{
    /// <summary>Runs a command. An error is one line on <paramref name="error"/>, never a stack trace.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter error, bool isTerminal, Interrupt interrupt)
    {
        var console = new ProgramConsole(output, isTerminal, interrupt);
        var root = new RootCommand("Scores tables with Bayesian models of Bayes.Layers, and looks into their files.");
        root.Subcommands.Add(ScoreCommand.Create(console));
        root.Subcommands.Add(PlanCommand.Create(console));
        root.Subcommands.Add(MergeCommand.Create(console));
        root.Subcommands.Add(DescribeCommand.Create(console));
        root.Subcommands.Add(ExportCommand.Create(console));
        root.Subcommands.Add(WorkerCommand.Create(console));
        try
        {
            return CommandLineProgram.Run(root, arguments, output, error);
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("error: Interrupted. Finished shards stay; the same command goes on with them.");
            return ExitCode.Failure;
        }
        catch (Exception exception)
        {
            error.WriteLine($"error: {CommandLineProgram.OneLine(exception)}");
            return ExitCode.Failure;
        }
    }
}
