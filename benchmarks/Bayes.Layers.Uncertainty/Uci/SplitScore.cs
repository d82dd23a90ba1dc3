using System.Globalization;
using Bayes.Layers.Uncertainty.Methods;

namespace Bayes.Layers.Uncertainty.Uci;

/// <summary>How well a method predicted the test rows of a split, in the target's own unit.</summary>
internal sealed record SplitScore
{
    /// <summary>Names of the columns of a line.</summary>
    public const string Header =
        "set,method,split,rmse,log_density,coverage_95,seconds,processor_seconds,train_rows,test_rows,seed,data";

    public required string Set { get; init; }

    public required string Method { get; init; }

    /// <summary>Zero-based index of the split.</summary>
    public required int Split { get; init; }

    /// <summary>Root mean squared error, in the target's own unit.</summary>
    public required double Rmse { get; init; }

    /// <summary>Mean log predictive density, in nats per row of the target's own unit.</summary>
    public required double LogDensity { get; init; }

    /// <summary>Share of the targets within their central 95 % interval.</summary>
    public required double Coverage95 { get; init; }

    /// <summary>Elapsed seconds of training and prediction.</summary>
    public required double Seconds { get; init; }

    /// <summary>Seconds that the processors worked, of all threads together.</summary>
    public required double ProcessorSeconds { get; init; }

    public required int TrainRows { get; init; }

    public required int TestRows { get; init; }

    /// <summary>Seed of the splits.</summary>
    public required long Seed { get; init; }

    /// <summary>Fingerprint of the set's file.</summary>
    public required string Data { get; init; }

    /// <summary>Compares predictions with the observed targets.</summary>
    /// <exception cref="InvalidOperationException">A predicted number is not finite, or there are more or fewer predictions than
    /// targets.</exception>
    public static (double Rmse, double LogDensity, double Coverage95) Of(PredictedTargets predicted, IReadOnlyList<double> targets)
    {
        var densities = predicted.LogDensity(targets);
        foreach (var (name, values) in new[]
            { ("mean", predicted.Mean), ("lower end", predicted.Lower), ("upper end", predicted.Upper), ("log density", densities) })
        {
            if (values.Count != targets.Count)
                throw new InvalidOperationException($"The predictions have {values.Count} numbers ({name}); expected {targets.Count}.");
            if (values.Index().FirstOrDefault(each => !double.IsFinite(each.Item), (-1, 0)) is (>= 0, _) wrong)
                throw new InvalidOperationException(
                    FormattableString.Invariant($"The {name} predicted for test row {wrong.Item1} is {wrong.Item2}; expected a finite number."));
        }
        return (
            Math.Sqrt(predicted.Mean.Zip(targets, (mean, target) => (mean - target) * (mean - target)).Average()),
            densities.Average(),
            targets.Index().Average(each => predicted.Lower[each.Index] <= each.Item && each.Item <= predicted.Upper[each.Index] ? 1.0 : 0));
    }

    /// <summary>Returns the line of splits.csv.</summary>
    public string ToLine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Set},{Method},{Split},{Rmse:R},{LogDensity:R},{Coverage95:R},{Seconds:F3},{ProcessorSeconds:F3},{TrainRows},{TestRows},{Seed},{Data}");

    /// <summary>Reads a line of splits.csv; returns null if it is not complete.</summary>
    public static SplitScore? FromLine(string line)
    {
        string[] parts = line.Split(',');
        if (parts.Length != Header.Split(',').Length || parts[^1].Length != 16)
            return null;
        double[] numbers = [.. parts[2..^1].Select(part => NumericTableReader.TryGetNumber(part, out double number) ? number : double.NaN)];
        return numbers.Any(double.IsNaN) ? null : new SplitScore
        {
            Set = parts[0],
            Method = parts[1],
            Split = (int)numbers[0],
            Rmse = numbers[1],
            LogDensity = numbers[2],
            Coverage95 = numbers[3],
            Seconds = numbers[4],
            ProcessorSeconds = numbers[5],
            TrainRows = (int)numbers[6],
            TestRows = (int)numbers[7],
            Seed = (long)numbers[8],
            Data = parts[^1],
        };
    }
}
