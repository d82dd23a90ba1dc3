using System.CommandLine;
using Bayes.Layers.Scoring;

namespace Bayes.Layers.Tool;

/// <summary>Puts the parts of a plan together.</summary>
internal static class MergeCommand
{
    public static Command Create(ProgramConsole console)
    {
        var plan = FileOptions.Path("--plan", "The plan.", "file", isRequired: true);
        var parts = FileOptions.Parts("The folder of the parts.");
        parts.Required = true;
        var output = FileOptions.Results();
        var remove = new Option<bool>("--remove") { Description = "Remove the parts afterwards." };
        var command = new Command("merge", "Puts the parts of a plan together into one file of results, and checks each.");
        foreach (Option option in (Option[])[plan, parts, output, remove])
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            using var listening = console.Interrupt.Listen();
            var work = ScoringPlan.Load(parsed.GetValue(plan)!);
            var files = new ScoringParts(work, parsed.GetValue(parts)!);
            try
            {
                files.Merge(parsed.GetValue(output)!, console.Interrupt.Token);
            }
            catch (DamagedPartsException exception)
            {
                throw new IOException($"{exception.Message} Score again: shards {string.Join(", ", exception.Shards)}.", exception);
            }
            if (parsed.GetValue(remove))
                files.Remove();
            console.Output.WriteLine($"{work.Rows} rows: {parsed.GetValue(output)}");
            return ExitCode.Success;
        });
        return command;
    }
}
