using System.Globalization;

namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>Turns a CSV file into a <see cref="NumericTable"/>.</summary>
internal static class NumericTableReader
{
    // No thousands separator: "1,234" in quotes is more likely a decimal comma than a large number.
    private const NumberStyles PlainNumber =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Reads the columns of these names, or all if <paramref name="names"/> is null.</summary>
    public static NumericTable Read(string path, IReadOnlyList<string>? names)
    {
        var text = TextTable.Read(path);
        int[] columns = [.. names?.Select(name => ColumnLookup.IndexOf(path, text.ColumnNames, name)) ?? Enumerable.Range(0, text.ColumnNames.Length)];
        return new NumericTable(path, columns.Select(column => text.ColumnNames[column]), text.Rows.SelectMany((row, number) => columns.Select(column =>
            TryGetNumber(row[column], out double parsed) ? parsed : throw NotANumber(path, row[column], number, text.ColumnNames[column]))));
    }

    /// <summary>A finite number, in the invariant culture.</summary>
    public static bool TryGetNumber(string text, out double value) =>
        double.TryParse(text, PlainNumber, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>Says where a number was expected, and what stands there.</summary>
    public static DataFileException NotANumber(string path, string value, int row, string column) => new(
        path,
        $"has {MessageText.Quote(value)} on line {NumericTable.LineOf(row)} in column {MessageText.Quote(column)}, where a finite number was expected");
}
