using System.CommandLine;
using Bayes.Layers.Samples.BreastCancer;

namespace Bayes.Layers.Samples;

/// <summary>The command line: one command a sample, the breast-cancer experiment where none is named.</summary>
internal static class SampleProgram
{
    /// <summary>Runs a command. What goes wrong is one line on <paramref name="error"/>, never a stack trace.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter error, bool isTerminal, CancellationToken cancellation)
    {
        var root = new RootCommand(
            "Samples of Bayes.Layers: Bayesian neural networks on TorchSharp. Without a command the breast-cancer experiment runs, with its options.");
        BreastCancerCommand.AddTo(root, Execute);
        var breastCancer = new Command("breast-cancer", BreastCancerCommand.Description);
        BreastCancerCommand.AddTo(breastCancer, Execute);
        root.Subcommands.Add(breastCancer);

        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            error.WriteLine($"error: {parsed.Errors[0].Message} Try --help.");
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

        void Execute(BreastCancerOptions options) => BreastCancerRun.Run(options, output, isTerminal, cancellation);
    }

    private static string OneLine(Exception exception)
    {
        string message = exception.InnerException is { } inner && exception is TypeInitializationException ? inner.Message : exception.Message;
        return string.Join(' ', message.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }
}
