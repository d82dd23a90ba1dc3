using System.CommandLine;
using Bayes.Layers.Benchmarks.Measuring;
using Bayes.Layers.Samples.Support.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Bayes.Layers.Benchmarks.Commands;

/// <summary>The command line: the quick run and the report are commands; all other arguments are BenchmarkDotNet's.</summary>
internal static class BenchmarkProgram
{
    /// <summary>Runs the requested command. An error is one line on <paramref name="error"/>.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static int Run(string[] arguments, TextWriter output, TextWriter error)
    {
        Command[] commands = [QuickCommand.Create(output), ReportCommand.Create(output), MemoryOfCallCommand.Create(output)];
        try
        {
            if (arguments.Length > 0 && commands.Any(command => command.Name == arguments[0]))
                return RunCommand(commands, arguments, output, error);
            if (arguments.Length > 0
                && Similar.To(arguments[0], commands.Where(command => !command.Hidden).Select(command => command.Name)) is { } name)
            {
                error.WriteLine($"error: There is no command '{CommandLineProgram.OneLine(arguments[0])}'. Did you mean {name}?");
                return ExitCode.Usage;
            }
            return RunQuestions(arguments, commands, output);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            error.WriteLine($"error: {CommandLineProgram.OneLine(exception)}");
            return ExitCode.Failure;
        }
    }

    private static int RunCommand(Command[] commands, string[] arguments, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Benchmarks of Bayes.Layers.");
        foreach (var command in commands)
            root.Subcommands.Add(command);
        return CommandLineProgram.Run(root, arguments, output, error);
    }

    private static int RunQuestions(string[] arguments, Command[] commands, TextWriter output)
    {
        foreach (var command in commands.Where(command => !command.Hidden))
            output.WriteLine($"-- {command.Name,-8} {command.Description}");
        if (ComputeDevices.LeftOut is { } word)
            output.WriteLine(word);
        // In this process, which needs no SDK and keeps the libtorch chosen here.
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithWarmupCount(2).WithMinIterationCount(7).WithMaxIterationCount(15)
            .AsDefault();
        var config = DefaultConfig.Instance.AddJob(job).WithArtifactsPath(Path.Combine("artifacts", "benchmarks"));
        BenchmarkSwitcher.FromAssembly(typeof(BenchmarkProgram).Assembly).Run(arguments, config);
        return ExitCode.Success;
    }
}
