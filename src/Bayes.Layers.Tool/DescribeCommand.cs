using System.CommandLine;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Scoring;

namespace Bayes.Layers.Tool;

/// <summary>Says what a file is.</summary>
internal static class DescribeCommand
{
    public static Command Create(ProgramConsole console)
    {
        var file = new Argument<string>("file") { Description = "A model (safetensors), a plan (JSON) or results (Parquet)." };
        var command = new Command("describe", "Says what is in a model's file, a plan or a file of results.") { Arguments = { file } };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(file)!;
            if (!File.Exists(path))
                throw new FileNotFoundException($"'{path}' does not exist; expected a file.", path);
            console.Output.WriteLine(Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".json" => Describe(ScoringPlan.Load(path)),
                ".parquet" => ScoringResults.Describe(path),
                _ => Checkpoint.Describe(path).ToString(),
            });
            return ExitCode.Success;
        });
        return command;
    }

    private static string Describe(ScoringPlan plan) => string.Join(
        Environment.NewLine, plan, $"model: {plan.Model}", $"table: {plan.Table}", $"columns: {string.Join(", ", plan.Features)}",
        $"fingerprint: {plan.Fingerprint}");
}
