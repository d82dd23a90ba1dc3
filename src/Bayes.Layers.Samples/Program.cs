using Bayes.Layers.Samples;
using Bayes.Layers.Samples.Support.ExistingTorch;
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
// The samples' networks are too small to gain from threads within an operation. One thread adds numbers up in one order, so a
// seed gives the same numbers whatever the number of cores.
TorchSharp.torch.set_num_threads(1);
return SampleProgram.Run(args, Console.Out, Console.Error, isTerminal, interrupt);
