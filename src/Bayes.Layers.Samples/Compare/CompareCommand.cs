using System.CommandLine;
using Bayes.Layers.Samples.Compare.Methods;
using Bayes.Layers.Samples.Compare.Problems;

namespace Bayes.Layers.Samples.Compare;

/// <summary>The comparison on the command line.</summary>
internal static class CompareCommand
{
    private const string Description =
        "Trains one network on one data set by every method, with the same prior and likelihood, and writes how well each predicts, "
        + "how well it knows that, and what it costs.";

    public static Command Create(ProgramConsole console)
    {
        var defaults = new CompareOptions();
        var command = new OptionList<CompareOptions>(defaults)
            .Add(
                Name("--data-set", $"A shipped data set. [default: {ComparisonProblems.Names[0]}]", "name", ComparisonProblems.Names),
                (options, value) => options with { DataSet = value })
            .Add(Methods(), (options, value) => options with { Methods = value is null ? [] : [.. Words(value)] })
            .Add(
                Text("--data", "A CSV file of your own, with a header, instead of a shipped data set.", "file"),
                (options, value) => options with { Data = value })
            .Add(Text("--target", "The column of the file to predict.", "column"), (options, value) => options with { Target = value })
            .Add(
                Name("--task", $"What the file's target is: {string.Join(", ", TabularTask.Names)}.", "task", TabularTask.Names),
                (options, value) => options with { Task = value })
            .Add(
                CommandOptions.Number(
                    "--test-fraction", "The share of the file's rows that test, below 1.", defaults.TestFraction, mayBeZero: false, below: 1),
                (options, value) => options with { TestFraction = value })
            .Whole(
                "--hidden", "Units of the hidden layer for a file.", defaults.Hidden, 1, 100_000,
                (options, value) => options with { Hidden = (int)value })
            .Epochs("Passes over the training rows; 0 for the data set's own number.", 0, 1_000_000)
            .Whole(
                "--members", "Networks of every ensemble.", defaults.Members, 1, 1_000, (options, value) => options with { Members = (int)value })
            .Whole(
                "--chain-draws", "Draws that each chain of HMC keeps; 0 for the data set's own number.", defaults.ChainDraws, 0, 100_000,
                (options, value) => options with { ChainDraws = (int)value })
            .Add(
                CommandOptions.Number("--prior-stddev", "Standard deviation of the prior of every weight.", defaults.PriorStddev, mayBeZero: false),
                (options, value) => options with { PriorStddev = value })
            .Samples("Monte Carlo draws of a prediction.", 2, 100_000)
            .Seed("Seed of initialisation, shuffling and noise, and of the simulated data.")
            .Whole(
                "--split-seed", "Seed of the split into training and test rows.", defaults.SplitSeed, 0, uint.MaxValue,
                (options, value) => options with { SplitSeed = (uint)value })
            .Output("Folder for the figures, metrics.json and report.html; created if missing.")
            .Quiet()
            .AddTo(new Command("compare", Description), options => CompareRun.Run(options, console));
        command.Validators.Add(parsed =>
        {
            bool hasFile = parsed.GetValue<string?>("--data") is not null;
            if (hasFile && parsed.GetValue<string?>("--data-set") is not null)
                parsed.AddError("--data and --data-set are both given; expected one of them.");
            foreach (string name in new[] { "--target", "--task" })
                if (hasFile != parsed.GetValue<string?>(name) is not null)
                    parsed.AddError(hasFile ? $"--data is given without {name}; expected both." : $"{name} is given without --data; expected both.");
        });
        return command;
    }

    private static Option<string[]?> Methods()
    {
        var option = new Option<string[]?>("--methods")
        {
            Description = $"The methods, separated by commas or blanks: {string.Join(", ", ComparisonMethods.Names)}. [default: all]",
            HelpName = "names",
            AllowMultipleArgumentsPerToken = true,
        };
        option.Validators.Add(result =>
        {
            string[] words = [.. Words(result.Tokens.Select(token => token.Value))];
            if (words.FirstOrDefault(word => !ComparisonMethods.Names.Contains(word)) is { } unknown)
                result.AddError($"--methods has '{unknown}'; expected names among {string.Join(", ", ComparisonMethods.Names)}.");
            else if (words.Length == 0)
                result.AddError("--methods is blank; expected at least one name.");
        });
        return option;
    }

    private static IEnumerable<string> Words(IEnumerable<string> tokens) =>
        tokens.SelectMany(token => token.Split(
            [',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct();

    private static Option<string?> Text(string name, string description, string helpName)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = helpName };
        CommandOptions.RefuseBlank(option);
        return option;
    }

    private static Option<string?> Name(string name, string description, string helpName, IReadOnlyList<string> names)
    {
        var option = Text(name, description, helpName);
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !names.Contains(result.Tokens[0].Value))
                result.AddError(
                    $"{name} is '{result.Tokens[0].Value}'; expected {string.Join(", ", names.SkipLast(1))} or {names[^1]}.");
        });
        return option;
    }
}
