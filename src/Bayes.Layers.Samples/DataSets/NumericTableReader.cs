using System.Globalization;
using CsvHelper;

namespace Bayes.Layers.Samples.DataSets;

/// <summary>Turns the text of a CSV file into a <see cref="NumericTable"/>.</summary>
internal static class NumericTableReader
{
    // No thousands separator: "1,234" in quotes is more likely a decimal comma than a large number.
    private const NumberStyles PlainNumber =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    private static readonly CsvReaderOptions Options = new()
    {
        Separator = ',',
        HasHeader = false,
        SkipEmptyLines = false,
        TrimWhitespace = true,
        TrimInsideQuotes = true,
        AllowLineBreaksInQuotes = false,
        MalformedData = CsvMalformedDataHandling.Throw,
        TrackLineNumbers = true,
        FormatProvider = CultureInfo.InvariantCulture,
    };

    /// <summary>Reads the header and the rows. Blank lines may only follow the last row.</summary>
    public static NumericTable Read(string path)
    {
        using var reader = CsvReader.FromText(DataFileText.Read(path), Options);
        try
        {
            var names = ReadHeader(path, reader);
            return new NumericTable(path, names, ReadRows(path, reader, names));
        }
        catch (CsvFormatException exception)
        {
            throw new DataFileException(
                path,
                $"has a misplaced quote on line {exception.LineNumber}, where plain values were expected",
                exception);
        }
    }

    private static string[] ReadHeader(string path, CsvReader reader)
    {
        if (!reader.Read() || IsBlank(reader))
            throw new DataFileException(path, "has nothing on line 1, where a header was expected");
        return [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];
    }

    private static List<double> ReadRows(string path, CsvReader reader, string[] names)
    {
        var values = new List<double>();
        long? blankLine = null;
        while (reader.Read())
        {
            if (IsBlank(reader))
                blankLine ??= reader.LineNumber;
            else if (blankLine is not null)
                throw new DataFileException(path, $"has a blank line {blankLine}, where a row was expected");
            else
                AddRow(path, reader, names, values);
        }

        if (values.Count == 0)
            throw new DataFileException(path, "has a header and nothing else, where at least one row was expected");
        return values;
    }

    private static bool IsBlank(CsvReader reader) => reader.FieldCount == 1 && reader.GetSpan(0).IsEmpty;

    private static void AddRow(string path, CsvReader reader, string[] names, List<double> values)
    {
        if (reader.FieldCount != names.Length)
            throw new DataFileException(
                path,
                $"has {Counted(reader.FieldCount)} on line {reader.LineNumber}, where {names.Length} were expected, "
                + "one for each column of the header");

        for (var column = 0; column < names.Length; column++)
        {
            if (!TryGetNumber(reader, column, out var value))
                throw new DataFileException(
                    path,
                    $"has {MessageText.Quote(reader.GetString(column))} on line {reader.LineNumber} in column "
                    + $"{MessageText.Quote(names[column])}, where a finite number was expected");
            values.Add(value);
        }
    }

    private static bool TryGetNumber(CsvReader reader, int column, out double value) =>
        double.TryParse(reader.GetSpan(column), PlainNumber, CultureInfo.InvariantCulture, out value)
        && double.IsFinite(value);

    private static string Counted(int values) => values == 1 ? "1 value" : $"{values} values";
}
