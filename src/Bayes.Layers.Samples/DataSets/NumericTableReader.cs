using System.Globalization;

namespace Bayes.Layers.Samples.DataSets;

/// <summary>Turns a CSV file into a <see cref="NumericTable"/>.</summary>
internal static class NumericTableReader
{
    // No thousands separator: "1,234" in quotes is more likely a decimal comma than a large number.
    private const NumberStyles PlainNumber =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Reads the header and the rows.</summary>
    public static NumericTable Read(string path)
    {
        var text = TextTable.Read(path);
        return new NumericTable(path, text.ColumnNames, text.Rows.SelectMany((row, number) => row.Select((value, column) =>
            TryGetNumber(value, out double parsed) ? parsed : throw NotANumber(path, value, number, text.ColumnNames[column]))));
    }

    /// <summary>A finite number, in the invariant culture.</summary>
    public static bool TryGetNumber(string text, out double value) =>
        double.TryParse(text, PlainNumber, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>Says where a number was expected, and what stands there.</summary>
    public static DataFileException NotANumber(string path, string value, int row, string column) => new(
        path,
        $"has {MessageText.Quote(value)} on line {NumericTable.LineOf(row)} in column {MessageText.Quote(column)}, where a finite number was expected");
}
