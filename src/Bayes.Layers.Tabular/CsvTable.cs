using System.Globalization;
using System.Text;
using CsvHelper;

namespace Bayes.Layers.Tabular;

/// <summary>Reads a CSV file into a table.</summary>
internal static class CsvTable
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">The file cannot be used.</exception>
    public static Table Read(string path, char? separator, bool? hasHeader)
    {
        string text = TextOf(path);
        if (string.IsNullOrWhiteSpace(text))
            throw new InvalidDataException($"'{path}' is empty; expected a header and at least one row.");
        var rows = Rows(path, text, separator);
        bool startsWithHeader = hasHeader ?? !rows[0].Any(IsValue);
        if (startsWithHeader && rows.Count == 1)
            throw new InvalidDataException($"'{path}' has a header and no row; expected at least one row.");
        string[] names = [.. rows[0].Select((name, index) => startsWithHeader ? name.Length > 0 ? name : $"column {index + 1}" : $"x{index}")];
        var values = startsWithHeader ? rows.Skip(1).ToArray() : [.. rows];
        try
        {
            return new Table([.. names.Select((name, index) => Infer(name, Array.ConvertAll(values, row => row[index])))]);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"'{path}' cannot be used: {exception.Message.Split(" (Parameter")[0]}", exception);
        }
    }

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

    private static List<string[]> Rows(string path, string text, char? separator)
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
                if (rows.Count > 0 && reader.FieldCount != rows[0].Length)
                    throw new InvalidDataException(
                        $"'{path}' has {TextValues.Count(reader.FieldCount, "value")} on line {reader.LineNumber}; expected {rows[0].Length}, "
                        + "as on the first line.");
                rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]);
            }
        }
        catch (CsvFormatException exception)
        {
            throw new InvalidDataException(
                $"'{path}' has a misplaced quote on line {exception.LineNumber}; expected plain values, or quotes around them.", exception);
        }
        return rows;
    }

    private static bool IsValue(string text) => TextValues.TryNumber(text, out _) || TextValues.TryDate(text, out _);

    /// <summary>Returns texts as a column of what they all are.</summary>
    internal static ColumnValues Infer(string name, string[] texts)
    {
        string?[] known = Array.ConvertAll(texts, text => TextValues.IsMissing(text) ? null : text);
        if (TryAll(known, text => TextValues.TryNumber(text, out double number) && !TextValues.IsCode(text) ? number : null) is { } numbers)
            return ColumnValues.OfNumbers(name, numbers);
        if (TryAll(known, text => TextValues.TryDate(text, out var date) ? Days.Of(date) : null) is { } dates)
            return ColumnValues.OfNumbers(name, dates, ColumnKind.Date);
        if (TryAll(known, text => TextValues.TryBoolean(text, out bool value) ? value ? 1 : 0 : null) is { } truths)
            return ColumnValues.OfNumbers(name, truths, ColumnKind.Boolean);
        return ColumnValues.OfTexts(name, known);
    }

    private static double[]? TryAll(string?[] texts, Func<string, double?> read)
    {
        var values = new double[texts.Length];
        for (int row = 0; row < values.Length; row++)
        {
            values[row] = double.NaN;
            if (texts[row] is not { } text)
                continue;
            if (read(text) is not { } value)
                return null;
            values[row] = value;
        }
        return values;
    }
}
