using Bayes.Layers.Service.Models;

namespace Bayes.Layers.Service.Rows;

/// <summary>Reads lines of CSV under a header: values with commas between them, in quotation marks if they have commas themselves.</summary>
internal sealed class CsvRows
{
    private readonly ColumnIndex _index;
    private readonly int[] _places;

    private CsvRows(ColumnIndex index, int[] places) => (_index, _places) = (index, places);

    /// <summary>Reads the header.</summary>
    /// <param name="index">The columns of the model.</param>
    /// <param name="header">The first line.</param>
    /// <param name="error">The sentence that says what is wrong; null if nothing is.</param>
    /// <returns>A reader of the lines below; null if the header is refused.</returns>
    public static CsvRows? TryStart(ColumnIndex index, string header, out string? error)
    {
        if (!TrySplit(header, out var names))
        {
            error = "The header has a quotation mark that does not end; expected the names of the columns.";
            return null;
        }
        int[] places = new int[names.Count];
        for (int i = 0; i < places.Length; i++)
            if (!index.TryFind(names[i].Trim(), out places[i]))
            {
                error = index.Unknown(names[i]);
                return null;
            }
        error = places.Distinct().Count() < places.Length ? "The header has a column twice; expected each once."
            : index.Columns.Index().FirstOrDefault(each => each.Item.IsRequired && !places.Contains(each.Index)).Item is { } absent
                ? $"The header lacks the column '{absent.Name}'; expected {index.Names()}."
            : null;
        return error is null ? new CsvRows(index, places) : null;
    }

    /// <summary>Reads a line.</summary>
    public RowReading Read(string line)
    {
        if (!TrySplit(line, out var texts))
            return RowReading.Refused("The line has a quotation mark that does not end.");
        if (texts.Count != _places.Length)
            return RowReading.Refused($"The line has {texts.Count} values; expected {_places.Length}, as the header.");
        object?[] values = new object?[_index.Columns.Count];
        for (int i = 0; i < _places.Length; i++)
        {
            values[_places[i]] = Read(_index.Columns[_places[i]], texts[i].Trim(), out string? error);
            if (error is not null)
                return RowReading.Refused(error);
        }
        return new RowReading(values, null);
    }

    private static object? Read(ModelColumn column, string text, out string? error)
    {
        if (text.Length == 0)
            return ColumnValue.Missing(column, out error);
        switch (column.Kind)
        {
            case ValueKind.Number:
                return ColumnValue.Number(column, text, out error);
            case ValueKind.Date:
                return ColumnValue.Date(column, text, out error);
            case ValueKind.Truth:
                if (!bool.TryParse(text, out bool truth))
                    return ColumnValue.Refuse($"The column '{column.Name}' is {Quoted.Text(text)}; expected true or false.", out error);
                error = null;
                return truth;
            default:
                error = null;
                return text;
        }
    }

    private static bool TrySplit(string line, out List<string> values)
    {
        values = [];
        var text = new System.Text.StringBuilder();
        bool isQuoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            char each = line[i];
            if (isQuoted && each == '"' && i + 1 < line.Length && line[i + 1] == '"')
                text.Append(line[i++]);
            else if (each == '"')
                isQuoted = !isQuoted;
            else if (each == ',' && !isQuoted)
            {
                values.Add(text.ToString());
                text.Clear();
            }
            else
                text.Append(each);
        }
        values.Add(text.ToString());
        return !isQuoted;
    }
}
