using System.CommandLine;
using System.CommandLine.Parsing;
using Bayes.Layers.Samples.BreastCancer;
using Bayes.Layers.Samples.Digits;
using Bayes.Layers.Samples.Regression;
using Bayes.Layers.Samples.Tabular;

namespace Bayes.Layers.Samples;

/// <summary>The command line: one command a sample, the breast-cancer experiment where none is named.</summary>
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

        var parsed = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            error.WriteLine($"error: {OneLine(parsed.Errors[0].Message)} Try --help.");
            return ExitCode.Usage;
        }

        // Options of the experiment may stand without a command; before another command's name they would be lost.
        var misplaced = parsed.RootCommandResult.Children.OfType<OptionResult>().FirstOrDefault(option => !option.Implicit);
        if (misplaced is not null && parsed.CommandResult.Command != root)
        {
            error.WriteLine(
                $"error: {misplaced.IdentifierToken?.Value} stands before the command '{parsed.CommandResult.Command.Name}'; expected options after it.");
            return ExitCode.Usage;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (Exception exception)
        {
            error.WriteLine($"error: {OneLine(exception)}");
            return ExitCode.Failure;
        }

        void Execute(BreastCancerOptions options) => BreastCancerRun.Run(options, output, isTerminal, interrupt);
    }

    private static string OneLine(Exception exception)
    {
        string message = exception.InnerException is { } inner && exception is TypeInitializationException ? inner.Message : exception.Message;
        // libtorch puts the frames of its C++ stack behind the message.
        int frames = message.IndexOf("Exception raised from", StringComparison.Ordinal);
        if (frames > 0)
            message = message[..frames];
        return OneLine(message);
    }

    private static string OneLine(string message) =>
        string.Join(' ', message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
