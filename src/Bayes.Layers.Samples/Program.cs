using Bayes.Layers.Samples;
using Bayes.Layers.Samples.ExistingTorch;
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
// The networks of the samples are too small for threads within an operation to pay, and one thread adds up in one order: the
// same seed gives the same numbers whatever the number of cores.
TorchSharp.torch.set_num_threads(1);
return SampleProgram.Run(args, Console.Out, Console.Error, isTerminal, interrupt);
