using Bayes.Layers.Samples.Support.ExistingTorch;
using Bayes.Layers.Tool;
using Spectre.Console;

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
// A batch system ends a job by this signal; finished shards stay.
using var ending = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM, signal => signal.Cancel = interrupt.Press());
return ToolProgram.Run(args, Console.Out, Console.Error, isTerminal, interrupt);
