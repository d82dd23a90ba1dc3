using System.Globalization;
using System.Text.Json;
using Bayes.Layers.Reports.Pages;
using Bayes.Layers.Uncertainty.Methods;

namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>The results of all finished splits, and their files.</summary>
internal sealed class UciResults
{
    public const string JsonName = "results.json";

    private static readonly JsonSerializerOptions Format =
        new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Collects finished splits, at least one.</summary>
    public UciResults(IReadOnlyList<SplitScore> scores)
    {
        SetNames = [.. scores.Select(score => score.Set).Distinct().Order(StringComparer.Ordinal)];
        // Methods that this version does not know come last.
        string[] run = [.. scores.Select(score => score.Method).Distinct()];
        MethodNames = [.. UncertaintyMethods.Names.Union(run).Where(run.Contains)];
        Scores =
        [
            .. from set in SetNames
               from method in MethodNames
               let splits = scores.Where(score => score.Set == set && score.Method == method).OrderBy(score => score.Split).ToArray()
               where splits.Length > 0
               select MethodScore.Of(splits),
        ];
        Differences =
        [
            .. from set in SetNames
               from method in MethodNames.Index()
               from other in MethodNames.Skip(method.Index + 1)
               select PairedDifference.Of(scores, set, method.Item, other) into difference
               where difference is not null
               select difference,
        ];
    }

    /// <summary>Names of the files beside splits.csv.</summary>
    public static IReadOnlyList<string> Files { get; } = [JsonName, MarkdownPage.Name, ResultsPage.Name];

    /// <summary>Names of the sets, in alphabetical order.</summary>
    public IReadOnlyList<string> SetNames { get; }

    /// <summary>Names of the methods, in the order of the tables.</summary>
    public IReadOnlyList<string> MethodNames { get; }

    /// <summary>Each method on each set.</summary>
    public IReadOnlyList<MethodScore> Scores { get; }

    /// <summary>Each pair of methods on each set.</summary>
    public IReadOnlyList<PairedDifference> Differences { get; }

    /// <summary>Writes all files, each completely or not at all.</summary>
    public void Write(string folder)
    {
        WholeFile.Write(Path.Combine(folder, JsonName), JsonSerializer.Serialize(new { Sets = Scores }, Format) + "\n");
        var tables = new ResultsTables(this);
        WholeFile.Write(Path.Combine(folder, MarkdownPage.Name), MarkdownPage.Of(tables));
        ResultsPage.Of(this, tables).Save(Path.Combine(folder, ResultsPage.Name));
    }

    /// <summary>Returns a line for each method on each set.</summary>
    public string ToText() => string.Concat(Scores.Select(score => FormattableString.Invariant(
        $"{score.Name,-10} {score.Method,-16} {score.Splits,2} splits | RMSE {score.RmseMean:G4}{Spread(score.RmseSe, "G2")} | ")
        + FormattableString.Invariant($"log density {score.LogDensityMean:F3}{Spread(score.LogDensitySe, "F3")} | ")
        + FormattableString.Invariant($"95 % intervals cover {score.Coverage95Mean:P1} | {score.SecondsPerSplit:F1} s{Environment.NewLine}")));

    // A single split has no standard error.
    private static string Spread(double? error, string format) =>
        error is { } known ? $" ± {known.ToString(format, CultureInfo.InvariantCulture)}" : "";
}
