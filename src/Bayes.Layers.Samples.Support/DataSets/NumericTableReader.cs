using System.Globalization;

namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>Reads a CSV file into a <see cref="NumericTable"/>.</summary>
internal static class NumericTableReader
{
    // No thousands separator: "1,234" in quotes more likely has a decimal comma.
    private const NumberStyles PlainNumber =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Reads the columns with some names, or all columns if <paramref name="names"/> is null.</summary>
    public static NumericTable Read(string path, IReadOnlyList<string>? names)
    {
        var text = TextTable.Read(path);
        int[] columns =
            [.. names?.Select(name => ColumnLookup.IndexOf(path, text.ColumnNames, name)) ?? Enumerable.Range(0, text.ColumnNames.Length)];
        return new NumericTable(
            path,
            columns.Select(column => text.ColumnNames[column]),
            text.Rows.SelectMany((row, number) => columns.Select(column => NumberIn(path, row[column], number, text.ColumnNames[column]))));
    }

    /// <summary>Reads a finite number in the invariant culture.</summary>
    public static bool TryGetNumber(string text, out double value) =>
        double.TryParse(text, PlainNumber, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>Returns the number in a row and a column.</summary>
    /// <exception cref="DataFileException">The text is not a finite number.</exception>
    public static double NumberIn(string path, string text, int row, string column) => TryGetNumber(text, out double number)
        ? number
        : throw new DataFileException(
            path,
            $"has {MessageText.Quote(text)} on line {NumericTable.LineOf(row)} in column {MessageText.Quote(column)}, "
            + "where a finite number was expected");
}
