using System.Globalization;
using Bayes.Layers.Evaluation;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Conformal;

/// <summary>
/// Coverage and size of conformal intervals or sets on rows whose targets are known, of all rows and of each group; <see cref="ToString"/> returns a
/// table. The rows must not be those of the calibration.
/// </summary>
/// <param name="Coverage">The coverage that was asked for, 1 − α.</param>
/// <param name="Confidence">The probability that bounds contain the true coverage.</param>
/// <param name="All">All rows.</param>
/// <param name="Groups">Each group, in the order of the labels; empty without groups.</param>
/// <param name="Caution">The caution of the intervals or sets; null if there is none.</param>
public sealed record ConformalReport(
    double Coverage, double Confidence, ConformalCoverage All, IReadOnlyList<ConformalCoverage> Groups, string? Caution)
{
    /// <summary>Measures intervals; targets at an end count as inside.</summary>
    /// <param name="intervals">The intervals.</param>
    /// <param name="target">Observed values, of the shape of the intervals' ends.</param>
    /// <param name="groups">The group of each row, <c>[B]</c>, or null.</param>
    /// <param name="confidence">The probability that bounds contain the true coverage, above 0 and below 1.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or a value is NaN.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The confidence is outside its range.</exception>
    public static ConformalReport Of(ConformalIntervals intervals, Tensor target, Tensor? groups = null, double confidence = 0.95)
    {
        ArgumentNullException.ThrowIfNull(intervals);
        TensorValues.RequireMatching(intervals.Lower, "interval", target);
        double[] lower = ReadOrdered(intervals.Lower, "intervals"), upper = ReadOrdered(intervals.Upper, "intervals");
        double[] targets = TensorValues.ReadFinite(target, nameof(target));
        long rows = target.shape[0];
        int outputs = (int)(targets.Length / rows);
        var measured = new Row[rows];
        for (int row = 0; row < rows; row++)
        {
            int first = row * outputs;
            double inside = 0, width = 0;
            for (int i = first; i < first + outputs; i++)
            {
                inside += lower[i] <= targets[i] && targets[i] <= upper[i] ? 1 : 0;
                width += upper[i] - lower[i];
            }
            measured[row] = new Row(inside / outputs, width / outputs, double.IsInfinity(width), IsEmpty: false);
        }
        return Of(measured, intervals.Coverage, confidence, groups, intervals.Caution, isOfSets: false);
    }

    /// <summary>Measures sets.</summary>
    /// <param name="sets">The sets.</param>
    /// <param name="target">Observed classes, <c>[B]</c>, or <c>[B, 1]</c> of 0 and 1.</param>
    /// <param name="groups">The group of each row, <c>[B]</c>, or null.</param>
    /// <param name="confidence">The probability that bounds contain the true coverage, above 0 and below 1.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or a target is not a class.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The confidence is outside its range.</exception>
    public static ConformalReport Of(ConformalSets sets, Tensor target, Tensor? groups = null, double confidence = 0.95)
    {
        ArgumentNullException.ThrowIfNull(sets);
        ArgumentNullException.ThrowIfNull(target);
        long[] shape = sets.Contains.shape;
        int classes = (int)shape[1];
        if (!(target.ndim == 1 || target.ndim == 2 && target.shape[1] == 1) || target.shape[0] != shape[0])
            throw new ArgumentException(
                $"The target has shape {Shapes.Describe(target.shape)}; expected [{shape[0]}] or [{shape[0]}, 1], a class for each row.",
                nameof(target));
        int[] targets = ClassTargets.Read(target, classes);
        double[] contains = sets.Contains.ReadDoubles(), sizes = sets.Sizes.ReadDoubles();
        return Of(
            [.. targets.Select((index, row) => new Row(contains[row * classes + index], sizes[row], sizes[row] == classes, sizes[row] == 0))],
            sets.Coverage, confidence, groups, sets.Caution, isOfSets: true);
    }

    /// <summary>Returns a line for the coverage, the size and each group, in the invariant culture.</summary>
    public override string ToString()
    {
        var table = new ReportTable(string.Create(CultureInfo.InvariantCulture, $"{All.Count} rows, coverage {Coverage:0.####} asked for"))
            .Add("coverage", All.Share, string.Create(CultureInfo.InvariantCulture, $"{Bounds(All)}, with confidence {Confidence:0.####}"))
            .Add(SizeName, All.MeanSize)
            .AddCount(IsOfSets ? "sets of all classes" : "infinite intervals", All.UnboundedCount);
        if (IsOfSets)
            table.AddCount("empty sets", All.EmptyCount);
        foreach (var group in Groups)
            table.Add(
                string.Create(CultureInfo.InvariantCulture, $"coverage in group {group.Group}"), group.Share,
                $"{Bounds(group)}, {group.Count} rows, {SizeName} {(group.MeanSize is { } size ? ReportTable.Describe(size) : "-")}");
        return table + (Caution is null ? "" : $"\n{Caution}");
    }

    private bool IsOfSets { get; init; }

    private string SizeName => IsOfSets ? "mean number of classes" : "mean width";

    private static string Bounds(ConformalCoverage coverage) =>
        string.Create(CultureInfo.InvariantCulture, $"from {coverage.Lower:0.0000} to {coverage.Upper:0.0000}");

    private static ConformalReport Of(Row[] rows, double coverage, double confidence, Tensor? groups, string? caution, bool isOfSets)
    {
        Require.Mass(confidence);
        long[]? labels = RowNumbers.Groups(groups, rows.Length);
        return new ConformalReport(
            coverage, confidence, Measure(null, rows, isOfSets, confidence),
            labels is null ? [] :
                [.. rows.Zip(labels).GroupBy(each => each.Second).OrderBy(group => group.Key)
                    .Select(group => Measure(group.Key, [.. group.Select(each => each.First)], isOfSets, confidence))],
            caution)
        {
            IsOfSets = isOfSets,
        };
    }

    // Rows are the independent trials: outputs of one row are not.
    private static ConformalCoverage Measure(long? group, Row[] rows, bool isOfSets, double confidence)
    {
        double inside = rows.Sum(row => row.Inside);
        var (lower, upper) = BinomialBounds.Of(inside, rows.Length, confidence);
        Row[] sized = isOfSets ? rows : [.. rows.Where(row => !row.IsUnbounded)];
        return new ConformalCoverage(
            group, rows.Length, inside / rows.Length, lower, upper, sized.Length == 0 ? null : sized.Average(row => row.Size),
            rows.LongCount(row => row.IsUnbounded), rows.LongCount(row => row.IsEmpty));
    }

    private static double[] ReadOrdered(Tensor ends, string name)
    {
        double[] values = ends.ReadDoubles();
        return values.Any(double.IsNaN) ? throw new ArgumentException("An interval has the end NaN; expected numbers or infinity.", name) : values;
    }

    private readonly record struct Row(double Inside, double Size, bool IsUnbounded, bool IsEmpty);
}
