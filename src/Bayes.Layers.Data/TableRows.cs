using System.Globalization;
using static TorchSharp.torch;

namespace Bayes.Layers.Data;

/// <summary>The rows of a table as numbers: features, then targets, checked and scaled.</summary>
internal sealed class TableRows(
    ColumnSelection selection, Func<Random?, IEnumerable<TableBlock>> blocks, Func<long> expectedRows, ColumnScaling? scaling, int rowsOfChunk)
{
    private readonly (double Mean, double Stddev)[] _scales = Scales(selection, scaling);

    /// <summary>Gets the description of the columns.</summary>
    public TableColumns Columns => selection.Columns;

    /// <summary>Gets the number of features of a row.</summary>
    public int FeatureCount => selection.FeatureCount;

    /// <summary>Gets the number of values of a row.</summary>
    public int Width => selection.Width;

    /// <summary>Returns the name of a value of a row.</summary>
    public string NameOf(int slot) => selection.NameOf(slot);

    /// <summary>Reads all rows once, some at a time. The memory of a chunk is used again for the next.</summary>
    /// <param name="order">Draws the order of blocks; null for the table's own.</param>
    /// <exception cref="InvalidDataException">A value is refused, or there are more or fewer rows than were counted.</exception>
    public IEnumerable<Chunk> Read(Random? order)
    {
        long expected = expectedRows(), found = 0;
        double[] values = [], column = [];
        foreach (var block in blocks(order))
            for (int first = 0, count; first < block.Rows; first += count)
            {
                count = Math.Min(rowsOfChunk, block.Rows - first);
                found += count;
                if (found > expected)
                    throw WrongCount("more than ", expected, expected);
                if (values.Length < count * Width)
                    (values, column) = (new double[count * Width], new double[count * selection.Widths.Max()]);
                Fill(block, first, count, values, column);
                yield return new Chunk(values, count);
            }
        if (found != expected)
            throw WrongCount("", found, expected);
    }

    private void Fill(TableBlock block, int first, int count, double[] values, double[] column)
    {
        for (int index = 0, slot = 0; index < selection.Widths.Count; slot += selection.Widths[index++])
        {
            int width = selection.Widths[index];
            block.Columns[index].Read(first, column.AsSpan(0, count * width));
            for (int row = 0; row < count; row++)
                for (int part = 0; part < width; part++)
                    values[row * Width + slot + part] = Convert(column[row * width + part], slot + part, block.FirstRow + first + row);
        }
    }

    private double Convert(double value, int slot, long row)
    {
        bool isTarget = slot >= FeatureCount;
        if (double.IsFinite(value) ? isTarget && !Columns.TargetKind.Allows(value)
            : isTarget || !double.IsNaN(value) || Columns.Missing == MissingValues.Refuse)
            throw Refused(value, slot, row, isTarget);
        double scaled = (value - _scales[slot].Mean) / _scales[slot].Stddev;
        if (Columns.ElementType == ScalarType.Float32 ? float.IsInfinity((float)scaled) : double.IsInfinity(scaled))
            throw new InvalidDataException(Text(slot, row) + string.Create(
                CultureInfo.InvariantCulture, $" is {value}, which {Columns.ElementType} cannot hold; expected a smaller number."));
        return scaled;
    }

    private InvalidDataException Refused(double value, int slot, long row, bool isTarget) => new(
        Text(slot, row) + (double.IsNaN(value) ? " is missing (null or NaN)" : string.Create(CultureInfo.InvariantCulture, $" is {value}"))
        + $"; expected {(isTarget ? Columns.TargetKind.Expected : "a finite number")}"
        + (double.IsNaN(value) && !isTarget ? $" ({nameof(MissingValues)}.{nameof(MissingValues.KeepAsNaN)} lets a prediction be NaN there)." : "."));

    private string Text(int slot, long row) => $"Row {row} (from 0) of the column '{NameOf(slot)}' of {selection.Table}";

    private InvalidDataException WrongCount(string more, long found, long expected) =>
        new($"There are {more}{found} rows in {selection.Table} now; expected {expected}, as when they were counted.");

    private static (double Mean, double Stddev)[] Scales(ColumnSelection selection, ColumnScaling? scaling)
    {
        var scales = new (double Mean, double Stddev)[selection.Width];
        scales.AsSpan().Fill((0, 1));
        if (scaling is null)
            return scales;
        Copy(scaling.FeatureMeans, scaling.FeatureStddevs, scales.AsSpan(0, selection.FeatureCount), "features");
        if (selection.Width > selection.FeatureCount && selection.Columns.TargetKind.IsScaled)
            Copy(scaling.TargetMeans, scaling.TargetStddevs, scales.AsSpan(selection.FeatureCount), "targets");
        return scales;
    }

    private static void Copy(double[] means, double[] stddevs, Span<(double Mean, double Stddev)> scales, string what)
    {
        if (means.Length != scales.Length || stddevs.Length != scales.Length)
            throw new ArgumentException(
                $"The scaling has {means.Length} means and {stddevs.Length} standard deviations of {what}; expected {scales.Length} of each.");
        for (int slot = 0; slot < scales.Length; slot++)
            scales[slot] = stddevs[slot] > 0 && double.IsFinite(stddevs[slot]) && double.IsFinite(means[slot]) ? (means[slot], stddevs[slot])
                : throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The scaling's {what} have a mean of {means[slot]} and a standard deviation of {stddevs[slot]}; expected finite numbers, the "
                    + $"second above 0."));
    }

    /// <summary>Some rows, <c>[Count, Width]</c> in order.</summary>
    internal readonly record struct Chunk(double[] Values, int Count);
}
