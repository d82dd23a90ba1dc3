using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Bayes.Layers.Scoring;

namespace Bayes.Layers.Tool;

/// <summary>The options that say what is scored.</summary>
internal sealed class RequestOptions
{
    private readonly Option<string?> _model = FileOptions.Path("--model", "The model's file, with its likelihood.", "file");
    private readonly Option<string?> _data = FileOptions.Path("--data", "The table: Parquet, or CSV in UTF-8.", "file");
    private readonly Option<string[]> _features = Names(
        "--features", "The columns that a network takes, in its order, separated by commas; by default all but the targets.");
    private readonly Option<string[]> _targets = Names("--target", "The column with the target, for the log density of each row.");
    private readonly Option<double[]> _quantiles = new("--quantiles")
    {
        Description = "Levels of quantiles of the target, above 0 and below 1, separated by commas.", HelpName = "levels", CustomParser = Levels,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<long> _draws = CommandOptions.Whole(
        "--draws", "Monte Carlo draws; 0 for as many as the model says, or 100.", 0, 0, 1_000_000);

    private readonly Option<long> _seed = CommandOptions.Whole("--seed", "Seed of the draws.", 1, long.MinValue, long.MaxValue);
    private readonly Option<long> _rows = CommandOptions.Whole("--rows-per-shard", "Rows of a shard.", 100_000, 1, int.MaxValue);
    private readonly Option<long> _drawsOfShard = CommandOptions.Whole(
        "--draws-per-shard", "Cut by draws instead, for large models: draws of a shard; 0 to cut by rows.", 0, 0, 1_000_000);

    private IEnumerable<Option> All => [_model, _data, _features, _targets, _quantiles, _draws, _seed, _rows, _drawsOfShard];

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in All)
            command.Options.Add(option);
    }

    /// <summary>Returns the name of an option that was given, or null if none was.</summary>
    public string? Given(ParseResult parsed) =>
        All.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>Returns what is wrong with the options, or null if nothing is.</summary>
    public string? Problem(ParseResult parsed) => parsed.GetValue(_model) is null ? "--model is missing; expected the model's file."
        : parsed.GetValue(_data) is null ? "--data is missing; expected the table's file." : null;

    /// <summary>Returns what the options ask for.</summary>
    public ScoringRequest Request(ParseResult parsed)
    {
        string[] features = parsed.GetValue(_features) ?? [];
        int draws = (int)parsed.GetValue(_draws), drawsOfShard = (int)parsed.GetValue(_drawsOfShard);
        return new ScoringRequest(parsed.GetValue(_model)!, parsed.GetValue(_data)!)
        {
            Features = features.Length == 0 ? null : features, Targets = parsed.GetValue(_targets) ?? [], Seed = parsed.GetValue(_seed),
            Draws = draws == 0 ? null : draws, Quantiles = parsed.GetValue(_quantiles) ?? [],
            Cut = drawsOfShard > 0 ? ShardCut.ByDraws(drawsOfShard) : ShardCut.ByRows((int)parsed.GetValue(_rows)),
        };
    }

    private static Option<string[]> Names(string name, string description) => new(name)
    {
        Description = description, HelpName = "columns", DefaultValueFactory = _ => [],
        CustomParser = result => result.Tokens[0].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
    };

    private static double[] Levels(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        var levels = new List<double>();
        foreach (string part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double level) && level is > 0 and < 1)
            {
                levels.Add(level);
                continue;
            }
            result.AddError($"--quantiles is '{text}'; expected numbers above 0 and below 1, separated by commas, such as 0.05,0.5,0.95.");
            return [];
        }
        return [.. levels];
    }
}
