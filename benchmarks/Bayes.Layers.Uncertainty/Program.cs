using Bayes.Layers.Samples.Support.ExistingTorch;
using Bayes.Layers.Uncertainty;
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
return UncertaintyProgram.Run(args, Console.Out, Console.Error, isTerminal, interrupt);
