using System.Globalization;
using Bayes.Layers.Reports;
using Bayes.Layers.Uncertainty.Methods;
using static Bayes.Layers.Reports.Predictions.NumberText;

namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>The tables and the texts of the results, for every form in which they are written.</summary>
/// <param name="results">The results.</param>
internal sealed class ResultsTables(UciResults results)
{
    private const string Missing = "–";

    public const string Title = "Predictive distributions on UCI regression sets";

    public const string Lead =
        "Each method learned from nine tenths of the rows and predicted the rest, over the splits that the literature uses: up to 20, and 5 of "
        + "protein. Error and log density are in the target's own unit; a log density is in nats per row, and higher is better. A number after ± is "
        + "a standard error: the standard deviation over the splits, divided by the square root of their number.";

    public const string AboutTimes =
        "Seconds are those that passed while one split was trained and predicted, with the threads that the method used; processor seconds are those "
        + "of all threads together.";

    public const string AboutDifferences =
        "Differences between two methods on the same splits: the mean of the first minus the second, and its standard error. A positive difference "
        + "of the log density and a negative one of the RMSE speak for the first.";

    public const string AboutPublished =
        "Published numbers are copied from their sources and were not computed here. Unless a source or a caveat below says otherwise, their splits "
        + "are those of this run.";

    /// <summary>The log density of every method on every set.</summary>
    public ReportTable LogDensities => Overview(
        "Log density, nats", score => WithError(score.LogDensityMean, score.LogDensitySe, "F3"), published => Fixed(published.LogDensity));

    /// <summary>The RMSE of every method on every set.</summary>
    public ReportTable Errors => Overview(
        "RMSE", score => WithError(score.RmseMean, score.RmseSe), published => published.Rmse is { } rmse ? Setting(rmse) : Missing);

    /// <summary>What each method is.</summary>
    public ReportTable Methods => new(
        "Methods", ["method", "what it is"],
        [.. UncertaintyMethods.All.Where(method => results.MethodNames.Contains(method.Name))
            .Select(method => (IReadOnlyList<string>)[method.Name, method.Description])])
    { HasWords = true };

    /// <summary>Where the published numbers are from.</summary>
    public ReportTable Sources => new(
        "Sources of published numbers", ["methods", "source"],
        [.. PublishedResults.Sources.Select(source => (IReadOnlyList<string>)[source.Methods, source.Source])])
    { HasWords = true };

    /// <summary>Names of the sets.</summary>
    public IReadOnlyList<string> SetNames => results.SetNames;

    /// <summary>A set: every method, measured and published.</summary>
    public ReportTable Of(string set) => new(
        $"{set}: methods", ["method", "splits", "RMSE", "log density, nats", "95\u00A0% intervals cover", "seconds", "processor seconds"],
        [
            .. results.Scores.Where(score => score.Name == set).Select(score => (IReadOnlyList<string>)
            [
                score.Method, Count(score.Splits), WithError(score.RmseMean, score.RmseSe), WithError(score.LogDensityMean, score.LogDensitySe, "F3"),
                Percent(score.Coverage95Mean), Fixed(score.SecondsPerSplit, "F1"), Fixed(score.ProcessorSecondsPerSplit, "F1"),
            ]),
            .. PublishedOn(set).Select(method =>
            {
                var (rmse, logDensity) = PublishedResults.Of(set, method);
                return (IReadOnlyList<string>)
                [
                    $"{PublishedResults.Readable(method)} (published)", Missing, rmse is { } known ? Setting(known) : Missing, Fixed(logDensity),
                    Missing, Missing, Missing,
                ];
            }),
        ]);

    /// <summary>The differences between methods on a set; null if there are fewer than two.</summary>
    public ReportTable? DifferencesOf(string set) =>
        results.Differences.Where(difference => difference.Set == set).ToArray() is not { Length: > 0 } differences ? null : new ReportTable(
            $"{set}: differences on the same splits", ["methods", "splits", "RMSE", "log density, nats"],
            [
                .. differences.Select(difference => (IReadOnlyList<string>)
                [
                    $"{difference.Method} \u2212 {difference.Other}", Count(difference.Splits), WithError(difference.Rmse, difference.RmseSe),
                    WithError(difference.LogDensity, difference.LogDensitySe, "F3"),
                ]),
            ]);

    private ReportTable Overview(
        string title, Func<MethodScore, string> measured, Func<(double? Rmse, double? LogDensity), string> published)
    {
        string[] others = [.. PublishedResults.Methods.Where(method =>
            results.SetNames.Any(set => published(PublishedResults.Of(set, method)) != Missing))];
        return new ReportTable(
            title, ["set", .. results.MethodNames, .. others.Select(PublishedResults.Readable)],
            [
                .. results.SetNames.Select(set => (IReadOnlyList<string>)
                [
                    set,
                    .. results.MethodNames.Select(method => ScoreOf(set, method) is { } score ? measured(score) + Fewer(score) : Missing),
                    .. others.Select(method => published(PublishedResults.Of(set, method))),
                ]),
            ],
            $"Measured: {string.Join(", ", results.MethodNames)}{(others.Length > 0 ? "; the other columns are published" : "")}. "
            + "A number in brackets is that of the finished splits, where another method has more.");
    }

    private MethodScore? ScoreOf(string set, string method) => results.Scores.FirstOrDefault(score => score.Name == set && score.Method == method);

    // Means over different splits differ by more than methods do.
    private string Fewer(MethodScore score) =>
        score.Splits < results.Scores.Where(each => each.Name == score.Name).Max(each => each.Splits) ? $" [{Count(score.Splits)}]" : "";

    private static IEnumerable<string> PublishedOn(string set) =>
        PublishedResults.Methods.Where(method => PublishedResults.Of(set, method) is not (null, null));

    private static string WithError(double value, double? error, string? format = null) =>
        (format is null ? Quantity(value) : Fixed(value, format))
        + (error is { } known ? $" ± {(format is null ? known.ToString("G2", CultureInfo.InvariantCulture) : Fixed(known, format))}" : "");

    private static string Fixed(double? value, string format = "F2") =>
        value is { } number ? number.ToString(format, CultureInfo.InvariantCulture).Replace('-', '\u2212') : Missing;
}
