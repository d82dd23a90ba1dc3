using System.CommandLine;
using Bayes.Layers.Scoring;
using static TorchSharp.torch;

namespace Bayes.Layers.Tool;

/// <summary>The process that 'score' starts, which scores the shards whose numbers it reads. Not for people.</summary>
internal static class WorkerCommand
{
    public static Command Create(ProgramConsole console)
    {
        var plan = FileOptions.Path("--plan", "The plan.", "file", isRequired: true);
        var parts = FileOptions.Parts("The folder of the parts.");
        parts.Required = true;
        var threads = CommandOptions.Whole("--threads", "Threads.", 1, 1, 1024);
        var device = CommandOptions.Device("cpu");
        var command = new Command("worker", "Scores the shards whose numbers it reads.") { Hidden = true };
        foreach (Option option in (Option[])[plan, parts, threads, device])
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            // Ctrl-C reaches all processes of a terminal: the one that started this ends it.
            using var listening = console.Interrupt.Listen();
            set_num_threads((int)parsed.GetValue(threads));
            ScoringWorker.RunAsync(
                ScoringPlan.Load(parsed.GetValue(plan)!), parsed.GetValue(parts)!, Console.In, console.Output,
                DeviceChoice.Find(parsed.GetValue(device)!)).GetAwaiter().GetResult();
            return ExitCode.Success;
        });
        return command;
    }
}
