using Bayes.Layers.Benchmarks.Commands;
using Bayes.Layers.Samples.Support.CommandLine;
using Bayes.Layers.Samples.Support.ExistingTorch;

try
{
    var (library, rest) = TorchLibraryOption.Take(args);
    return TorchTrial.Begin(library) ?? BenchmarkProgram.Run(rest, Console.Out, Console.Error);
}
catch (TorchLibraryException exception)
{
    Console.Error.WriteLine($"error: {CommandLineProgram.OneLine(exception)}");
    return ExitCode.Failure;
}
