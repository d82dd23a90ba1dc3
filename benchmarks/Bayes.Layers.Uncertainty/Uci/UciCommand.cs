using System.CommandLine;
using Bayes.Layers.Uncertainty.Methods;

namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>The benchmark on the command line.</summary>
internal static class UciCommand
{
    private const string Description =
        "Compares methods on the UCI regression sets in a folder of yours, over the splits that the literature uses, and with published numbers.";

    public static Command Create(ProgramConsole console)
    {
        var defaults = new UciOptions { Data = "" };
        return new OptionList<UciOptions>(defaults)
            .Add(
                CommandOptions.Required("--data", "The folder with a file NAME.csv for each set: a header, and the target last.", "folder"),
                (options, value) => options with { Data = value! })
            .Add(Names("--sets", "Names of sets, with commas between them; all by default."), (options, value) => options with { Sets = value })
            .Add(
                Accepting(Names("--methods", $"Names of methods, with commas: {string.Join(", ", UncertaintyMethods.Names)}; all by default.")),
                (options, value) => options with { Methods = value })
            .Whole(
                "--splits", $"Most splits of a set: there are {CanonicalSplits.Count}, and {CanonicalSplits.CountOf("protein")} of protein.",
                defaults.Splits, 1, CanonicalSplits.Count, (options, value) => options with { Splits = (int)value })
            .Whole(
                "--seed", "Seed of splits and methods; 1 gives the splits of the literature.", defaults.Seed, 0, uint.MaxValue,
                (options, value) => options with { Seed = value })
            .Whole(
                "--threads", "Threads that a method may use.", defaults.Threads, 1, 1024,
                (options, value) => options with { Threads = (int)value })
            .Output("Folder for the results; splits that it has are not run again.")
            .Quiet()
            .AddTo(new Command("uci", Description), options => UciRun.Run(options, console));
    }

    private static Option<string[]> Names(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "a,b",
        Arity = ArgumentArity.ExactlyOne,
        DefaultValueFactory = _ => [],
        CustomParser = result => result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Distinct().ToArray(),
    };

    private static Option<string[]> Accepting(Option<string[]> option)
    {
        option.Validators.Add(result =>
        {
            foreach (string name in result.GetValueOrDefault<string[]>() ?? [])
                if (!UncertaintyMethods.Names.Contains(name))
                    result.AddError($"{option.Name} has '{name}'; expected some of {string.Join(", ", UncertaintyMethods.Names)}.");
        });
        return option;
    }
}
