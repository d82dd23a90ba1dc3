using System.Globalization;
using System.Text;
using CsvHelper;

namespace Bayes.Layers.Tabular;

/// <summary>Reads a CSV file into a table.</summary>
internal static class CsvTable
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">The file cannot be used.</exception>
    public static Table Read(string path, char? separator, bool? hasHeader) => Parse($"'{path}'", TextOf(path), separator, hasHeader);

    /// <summary>Reads a text.</summary>
    /// <param name="name">What messages call the text.</param>
    /// <param name="text">The text.</param>
    /// <param name="separator">What separates the values; null to find out.</param>
    /// <param name="hasHeader">Whether the first line has the names of the columns; null to find out.</param>
    /// <exception cref="InvalidDataException">The text cannot be used.</exception>
    public static Table Parse(string name, string text, char? separator, bool? hasHeader)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new InvalidDataException($"{name} is empty; expected a header and at least one row.");
        var rows = Rows(name, text, separator);
        bool startsWithHeader = hasHeader ?? IsHeader(rows[0]);
        if (startsWithHeader && rows.Count == 1)
            throw new InvalidDataException($"{name} has a header and no row; expected at least one row.");
        string[] names = NamesOf(rows[0], startsWithHeader);
        var values = startsWithHeader ? rows.Skip(1).ToArray() : [.. rows];
        try
        {
            return new Table([.. names.Select((column, index) => CsvColumns.Infer(column, Array.ConvertAll(values, row => row[index])))]);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"{name} cannot be used: {exception.Message.Split(" (Parameter")[0]}", exception);
        }
    }

    /// <summary>Determines whether the values of a first line are names of columns.</summary>
    public static bool IsHeader(IReadOnlyList<string> values) => !values.Any(IsValue);

    /// <summary>Returns the names of the columns.</summary>
    /// <param name="line">The values of the first line.</param>
    /// <param name="isHeader">Whether they are names; x0, x1 and so on otherwise.</param>
    public static string[] NamesOf(IReadOnlyList<string> line, bool isHeader) =>
        [.. line.Select((value, index) => !isHeader ? $"x{index}" : value.Length > 0 ? value : $"column {index + 1}")];

    private static string TextOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"'{path}' does not exist; expected a file.", path);
        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        using var reader = new StreamReader(path, strict, detectEncodingFromByteOrderMarks: true);
        try
        {
            string text = reader.ReadToEnd();
            return text.Contains('\0') ? throw new InvalidDataException($"'{path}' is a binary file; expected text in UTF-8.") : text;
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"'{path}' is not text in UTF-8; expected a CSV file in that encoding.", exception);
        }
    }

    /// <summary>Returns the values of each line.</summary>
    /// <param name="name">What messages call the text.</param>
    /// <param name="text">The text.</param>
    /// <param name="separator">What separates the values; null to find out.</param>
    /// <param name="count">The number of values of a line; null for that of the first.</param>
    /// <exception cref="InvalidDataException">A line has more or fewer values, or a misplaced quote.</exception>
    public static List<string[]> Rows(string name, string text, char? separator, int? count = null)
    {
        using var reader = CsvReader.FromText(text, new CsvReaderOptions
        {
            Separator = separator, HasHeader = false, SkipEmptyLines = true, TrimWhitespace = true, TrimInsideQuotes = true, TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Throw, PoolStrings = true, FormatProvider = CultureInfo.InvariantCulture,
        });
        var rows = new List<string[]>();
        try
        {
            while (reader.Read())
            {
                if (reader.FieldCount == 1 && rows is not [{ Length: 1 }, ..] && string.IsNullOrWhiteSpace(reader.GetString(0)))
                    continue;
                count ??= reader.FieldCount;
                if (reader.FieldCount != count)
                    throw new InvalidDataException(
                        $"{name} has {TextValues.Count(reader.FieldCount, "value")} on line {reader.LineNumber}; expected {count}, "
                        + "as on the first line.");
                rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);
            }
        }
        catch (CsvFormatException exception)
        {
            throw new InvalidDataException(
                $"{name} has a misplaced quote on line {exception.LineNumber}; expected plain values, or quotes around them.", exception);
        }
        return rows;
    }

    private static bool IsValue(string text) => TextValues.TryNumber(text, out _) || TextValues.TryDate(text, out _);
}
