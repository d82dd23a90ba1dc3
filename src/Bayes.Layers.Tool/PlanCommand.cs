using System.CommandLine;
using Bayes.Layers.Scoring;

namespace Bayes.Layers.Tool;

/// <summary>Writes a plan, whose shards any machine can score.</summary>
internal static class PlanCommand
{
    private const string Description =
        "Writes a plan: a small file that says what is scored and how it is cut, so that 'bayes score --plan P --shard K' does one shard anywhere.";

    public static Command Create(ProgramConsole console)
    {
        var request = new RequestOptions();
        var output = FileOptions.Path(
            "--output", "The plan's file, JSON. Keep model and table beside it to move all together.", "file", isRequired: true);
        var command = new Command("plan", Description);
        request.AddTo(command);
        command.Options.Add(output);
        command.SetAction(parsed =>
        {
            if (request.Problem(parsed) is { } problem)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"error: {problem} Try --help.");
                return ExitCode.Usage;
            }
            using var listening = console.Interrupt.Listen();
            var plan = ScoringPlan.Create(request.Request(parsed), console.Interrupt.Token);
            plan.Save(parsed.GetValue(output)!);
            console.Output.WriteLine($"{plan}");
            return ExitCode.Success;
        });
        return command;
    }
}
