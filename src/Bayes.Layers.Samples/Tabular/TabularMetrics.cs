using MathNet.Numerics.Statistics;

namespace Bayes.Layers.Samples.Tabular;

/// <summary>The content of metrics.json: means over the splits, their standard errors, and every split.</summary>
internal sealed record TabularMetrics
{
    public required string Task { get; init; }

    public required int Rows { get; init; }

    public required int Features { get; init; }

    public required IReadOnlyList<string> Classes { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    public required int Splits { get; init; }

    public required double TestFraction { get; init; }

    /// <summary>Units of one hidden layer; null if the package chose the layers.</summary>
    public int? Hidden { get; init; }

    /// <summary>Passes over the training rows; null if the package chose their number.</summary>
    public int? Epochs { get; init; }

    public required long Seed { get; init; }

    public required double Seconds { get; init; }

    public double? RmseMean { get; init; }

    public double? RmseSe { get; init; }

    public double? LogDensityMean { get; init; }

    public double? LogDensitySe { get; init; }

    /// <summary>Named by hand: the naming policy would not put an underscore before the digits.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("coverage_95_mean")]
    public double? Coverage95Mean { get; init; }

    public double? AccuracyMean { get; init; }

    public double? AccuracySe { get; init; }

    public double? NllMean { get; init; }

    public double? NllSe { get; init; }

    public double? EceMean { get; init; }

    public double? EceSe { get; init; }

    public required IReadOnlyList<SplitResult> EverySplit { get; init; }

    /// <summary>Collects the metrics of the finished splits.</summary>
    public static TabularMetrics Of(TabularOptions options, TabularData data, IReadOnlyList<SplitResult> splits, double seconds) => new()
    {
        Task = options.Task,
        Rows = data.Rows,
        Features = data.FeatureNames.Count,
        Classes = data.Classes,
        Notes = data.Notes,
        Splits = splits.Count,
        TestFraction = options.TestFraction,
        Hidden = options.Hidden > 0 ? options.Hidden : null,
        Epochs = options.Epochs > 0 ? options.Epochs : null,
        Seed = options.Seed,
        Seconds = seconds,
        RmseMean = Mean(splits, split => split.Rmse),
        RmseSe = StandardError(splits, split => split.Rmse),
        LogDensityMean = Mean(splits, split => split.LogDensity),
        LogDensitySe = StandardError(splits, split => split.LogDensity),
        Coverage95Mean = Mean(splits, split => split.Coverage95),
        AccuracyMean = Mean(splits, split => split.Accuracy),
        AccuracySe = StandardError(splits, split => split.Accuracy),
        NllMean = Mean(splits, split => split.Nll),
        NllSe = StandardError(splits, split => split.Nll),
        EceMean = Mean(splits, split => split.Ece),
        EceSe = StandardError(splits, split => split.Ece),
        EverySplit = splits,
    };

    private static double[] Values(IEnumerable<SplitResult> splits, Func<SplitResult, double?> value) => [.. splits.Select(value).OfType<double>()];

    private static double? Mean(IEnumerable<SplitResult> splits, Func<SplitResult, double?> value) =>
        Values(splits, value) is { Length: > 0 } values ? values.Mean() : null;

    // A single split has no standard error.
    private static double? StandardError(IEnumerable<SplitResult> splits, Func<SplitResult, double?> value) =>
        Values(splits, value) is { Length: > 1 } values ? values.StandardDeviation() / Math.Sqrt(values.Length) : null;
}
