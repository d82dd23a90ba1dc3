using System.Runtime.InteropServices;
using Bayes.Layers.Samples.Support.CommandLine;
using Bayes.Layers.Samples.Support.ExistingTorch;
using Spectre.Console;

namespace Bayes.Layers.Samples.Support.Running;

/// <summary>Begins a program of the command line that computes with torch: finds its libtorch, and hears Ctrl-C and SIGTERM.</summary>
internal static class TorchProgram
{
    /// <summary>Runs a program.</summary>
    /// <param name="run">Gets output, errors, whether the output is a terminal, and what tells of Ctrl-C; returns the exit code.</param>
    /// <returns>The exit code.</returns>
    public static int Run(Func<TextWriter, TextWriter, bool, Interrupt, int> run)
    {
        try
        {
            if (TorchTrial.Begin(TorchLibrary.Named(option: null, optionName: "")) is { } exitCode)
                return exitCode;
        }
        catch (TorchLibraryException exception)
        {
            Console.Error.WriteLine($"error: {CommandLineProgram.OneLine(exception)}");
            return ExitCode.Failure;
        }
        bool isTerminal = !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive;
        using var interrupt = new Interrupt();
        Console.CancelKeyPress += (_, pressed) => pressed.Cancel = interrupt.Press();
        // Batch systems end a program by this signal.
        using var termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = interrupt.Press());
        return run(Console.Out, Console.Error, isTerminal, interrupt);
    }
}
