using System.CommandLine;
using Bayes.Layers.Checkpoints;
using Bayes.Layers.Onnx;

namespace Bayes.Layers.Tool;

/// <summary>Writes a model as ONNX.</summary>
internal static class ExportCommand
{
    public static Command Create(ProgramConsole console)
    {
        var model = FileOptions.Path("--model", "The model's file, with its likelihood.", "file", isRequired: true);
        var output = FileOptions.Path("--output", "The ONNX file; written whole or not at all.", "file", isRequired: true);
        string[] products = [.. Enum.GetNames<OnnxProduct>().Select(name => name.ToLowerInvariant())];
        var product = CommandOptions.Choice("--product", $"What the graph computes: {string.Join(", ", products)}.", products[0], products);
        var draws = CommandOptions.Whole("--draws", "Monte Carlo draws; 0 for as many as the model says, or 100.", 0, 0, 100_000);
        var seed = CommandOptions.Whole("--seed", "Seed of the draws.", 1, long.MinValue, long.MaxValue);
        var command = new Command("export", "Writes a model as an ONNX file, which other languages run without this library.");
        foreach (Option option in (Option[])[model, output, product, draws, seed])
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            using var loaded = Checkpoint.LoadDistribution(parsed.GetValue(model)!);
            int count = (int)parsed.GetValue(draws);
            var kind = Enum.Parse<OnnxProduct>(parsed.GetValue(product)!, ignoreCase: true);
            var summary = OnnxExport.Save(loaded.Distribution, loaded.Likelihood, parsed.GetValue(output)!, new OnnxExportOptions
            {
                Product = kind, Seed = kind == OnnxProduct.Draws ? parsed.GetValue(seed) : 0, Draws = count == 0 ? null : count,
            });
            console.Output.WriteLine($"{parsed.GetValue(output)}: {summary.Bytes:N0} bytes, input {summary.Input}, outputs "
                + $"{string.Join(", ", summary.Outputs.Select(tensor => tensor.Name))}");
            return ExitCode.Success;
        });
        return command;
    }
}
