namespace Bayes.Layers.Tabular;

/// <summary>Makes columns of the texts of a CSV file.</summary>
internal static class CsvColumns
{
    // In the order in which they are tried.
    private static readonly (ColumnKind Kind, Func<string, double?> Read)[] Readings =
    [
        (ColumnKind.Number, text => TextValues.TryNumber(text, out double number) && !TextValues.IsCode(text) ? number : null),
        (ColumnKind.Date, text => TextValues.TryDate(text, out var date) ? Days.Of(date) : null),
        (ColumnKind.Boolean, text => TextValues.TryBoolean(text, out bool value) ? value ? 1 : 0 : null),
    ];

    /// <summary>Returns texts as a column of what they all are.</summary>
    public static ColumnValues Infer(string name, string[] texts)
    {
        string?[] known = Known(texts);
        foreach (var (kind, read) in Readings)
            if (TryAll(known, read) is { } values)
                return ColumnValues.OfNumbers(name, values, kind);
        return ColumnValues.OfTexts(name, known);
    }

    /// <summary>Returns texts as a column of a kind, or of texts if one of them is of another kind.</summary>
    public static ColumnValues Read(string name, string[] texts, ColumnKind kind)
    {
        string?[] known = Known(texts);
        var read = Array.Find(Readings, reading => reading.Kind == kind).Read;
        return read is not null && TryAll(known, read) is { } values ? ColumnValues.OfNumbers(name, values, kind) : ColumnValues.OfTexts(name, known);
    }

    /// <summary>Returns which kinds, of those that <paramref name="kinds"/> has, all texts could be, so that a file is inferred in parts.</summary>
    /// <param name="texts">Texts of a column.</param>
    /// <param name="kinds">The kinds that all texts before them could be; null at the beginning.</param>
    public static IReadOnlyList<ColumnKind> KindsOf(string[] texts, IReadOnlyList<ColumnKind>? kinds)
    {
        string?[] known = Known(texts);
        return [.. Readings.Where(reading => kinds?.Contains(reading.Kind) != false && TryAll(known, reading.Read) is not null)
            .Select(reading => reading.Kind)];
    }

    private static string?[] Known(string[] texts) => Array.ConvertAll(texts, text => TextValues.IsMissing(text) ? null : text);

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
