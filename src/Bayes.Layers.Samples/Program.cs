using Bayes.Layers.Samples;
using Spectre.Console;

bool isTerminal = !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive;
using var cancellation = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    // The first Ctrl-C asks the work to come to an end; a second one ends the process as ever.
    pressed.Cancel = !cancellation.IsCancellationRequested;
    cancellation.Cancel();
};
return SampleProgram.Run(args, Console.Out, Console.Error, isTerminal, cancellation.Token);
