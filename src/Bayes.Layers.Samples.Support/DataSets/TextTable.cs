using System.Collections.Immutable;
using System.Globalization;
using CsvHelper;

namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>A table of text with named columns, read from a CSV file with a header. Every row has a value for each column.</summary>
/// <param name="Path">The file.</param>
/// <param name="ColumnNames">The names in the header.</param>
/// <param name="Rows">The rows, without the header.</param>
internal sealed record TextTable(string Path, ImmutableArray<string> ColumnNames, IReadOnlyList<string[]> Rows)
{
    /// <summary>Reads a file. Blank lines may only follow the last row.</summary>
    /// <param name="path">The file.</param>
    /// <param name="findsSeparator">Whether the header decides if commas, semicolons or tabs separate the values; otherwise commas do.</param>
    /// <exception cref="DataFileException">The file cannot be used.</exception>
    public static TextTable Read(string path, bool findsSeparator = false)
    {
        string text = DataFileText.Read(path);
        using var reader = CsvReader.FromText(text, new CsvReaderOptions
        {
            Separator = findsSeparator ? SeparatorOf(text) : ',',
            HasHeader = false,
            SkipEmptyLines = false,
            TrimWhitespace = true,
            TrimInsideQuotes = true,
            AllowLineBreaksInQuotes = false,
            MalformedData = CsvMalformedDataHandling.Throw,
            TrackLineNumbers = true,
            FormatProvider = CultureInfo.InvariantCulture,
        });
        try
        {
            string[] names = ReadHeader(path, reader);
            return new TextTable(path, [.. names], ReadRows(path, reader, names.Length));
        }
        catch (CsvFormatException exception)
        {
            throw new DataFileException(
                path,
                $"has a misplaced quote on line {exception.LineNumber}, where plain values were expected",
                exception);
        }
    }

    private static char SeparatorOf(string text)
    {
        int end = text.AsSpan().IndexOfAny('\r', '\n');
        var header = end < 0 ? text : text.AsSpan(0, end);
        return header.Contains(',') ? ',' : header.Contains(';') ? ';' : header.Contains('\t') ? '\t' : ',';
    }

    private static string[] ReadHeader(string path, CsvReader reader)
    {
        if (!reader.Read() || IsBlank(reader))
            throw new DataFileException(path, "has nothing on line 1, where a header was expected");
        return Values(reader);
    }

    private static List<string[]> ReadRows(string path, CsvReader reader, int columns)
    {
        var rows = new List<string[]>();
        long? blankLine = null;
        while (reader.Read())
        {
            if (IsBlank(reader))
                blankLine ??= reader.LineNumber;
            else if (blankLine is not null)
                throw new DataFileException(path, $"has a blank line {blankLine}, where a row was expected");
            else if (reader.FieldCount != columns)
                throw new DataFileException(
                    path,
                    $"has {(reader.FieldCount == 1 ? "1 value" : $"{reader.FieldCount} values")} on line {reader.LineNumber}, "
                    + $"where {columns} were expected, one for each column of the header");
            else
                rows.Add(Values(reader));
        }
        if (rows.Count == 0)
            throw new DataFileException(path, "has a header and nothing else, where at least one row was expected");
        return rows;
    }

    private static bool IsBlank(CsvReader reader) => reader.FieldCount == 1 && reader.GetSpan(0).IsEmpty;

    private static string[] Values(CsvReader reader) => [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)];
}
