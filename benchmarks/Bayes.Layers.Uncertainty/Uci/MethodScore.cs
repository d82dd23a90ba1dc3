using System.Text.Json.Serialization;
using MathNet.Numerics.Statistics;

namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>A method on a set: means over the splits and their standard errors, the standard deviation / √splits; null for a single split.</summary>
internal sealed record MethodScore
{
    public required string Name { get; init; }

    public required string Method { get; init; }

    public required int Splits { get; init; }

    public required double RmseMean { get; init; }

    public required double? RmseSe { get; init; }

    public required double LogDensityMean { get; init; }

    public required double? LogDensitySe { get; init; }

    /// <summary>Named by hand: the naming policy would not put an underscore before the digits.</summary>
    [JsonPropertyName("coverage_95_mean")]
    public required double Coverage95Mean { get; init; }

    /// <summary>Elapsed seconds.</summary>
    public required double SecondsPerSplit { get; init; }

    public required double ProcessorSecondsPerSplit { get; init; }

    /// <summary>Collects the splits of one method on one set, at least one.</summary>
    public static MethodScore Of(IReadOnlyList<SplitScore> splits) => new()
    {
        Name = splits[0].Set,
        Method = splits[0].Method,
        Splits = splits.Count,
        RmseMean = splits.Average(split => split.Rmse),
        RmseSe = StandardError(splits.Select(split => split.Rmse)),
        LogDensityMean = splits.Average(split => split.LogDensity),
        LogDensitySe = StandardError(splits.Select(split => split.LogDensity)),
        Coverage95Mean = splits.Average(split => split.Coverage95),
        SecondsPerSplit = splits.Average(split => split.Seconds),
        ProcessorSecondsPerSplit = splits.Average(split => split.ProcessorSeconds),
    };

    /// <summary>Returns the standard deviation of values, divided by n - 1, over the root of their number; null for fewer than two.</summary>
    public static double? StandardError(IEnumerable<double> values) =>
        values.ToArray() is { Length: > 1 } all ? all.StandardDeviation() / Math.Sqrt(all.Length) : null;
}
