using System.Text.Json;
using Bayes.Layers.Service.Models;

namespace Bayes.Layers.Service.Rows;

/// <summary>Reads rows of JSON: an object with a value for each column, or an array in the order of the columns.</summary>
internal sealed class JsonRows(ColumnIndex index)
{
    /// <summary>Reads a row.</summary>
    public RowReading Read(JsonElement row) => row.ValueKind switch
    {
        JsonValueKind.Object => ReadObject(row),
        JsonValueKind.Array => ReadArray(row),
        _ => RowReading.Refused(
            $"The row is {Quoted.Short(row.GetRawText())}; expected an object with a value for each column, or an array of "
            + $"{index.Columns.Count} values."),
    };

    private RowReading ReadArray(JsonElement row)
    {
        int count = index.Columns.Count;
        if (row.GetArrayLength() is var found && found != count)
            return RowReading.Refused($"The row has {found} values; expected {count}: {index.Names()}.");
        object?[] values = new object?[count];
        int place = 0;
        foreach (var value in row.EnumerateArray())
        {
            values[place] = Read(index.Columns[place], value, out string? error);
            if (error is not null)
                return RowReading.Refused(error);
            place++;
        }
        return new RowReading(values, null);
    }

    private RowReading ReadObject(JsonElement row)
    {
        object?[] values = new object?[index.Columns.Count];
        bool[] isThere = new bool[values.Length];
        foreach (var property in row.EnumerateObject())
        {
            if (!index.TryFind(property.Name, out int place))
                return RowReading.Refused(index.Unknown(property.Name));
            if (isThere[place])
                return RowReading.Refused($"The row has the column '{property.Name}' twice; expected each once.");
            isThere[place] = true;
            values[place] = Read(index.Columns[place], property.Value, out string? error);
            if (error is not null)
                return RowReading.Refused(error);
        }
        for (int place = 0; place < isThere.Length; place++)
            if (!isThere[place] && index.Columns[place] is { IsRequired: true } column)
                return RowReading.Refused($"The row lacks the column '{column.Name}'; expected {ColumnValue.Describe(column.Kind)}.");
        return new RowReading(values, null);
    }

    private static object? Read(ModelColumn column, JsonElement value, out string? error)
    {
        switch (column.Kind, value.ValueKind)
        {
            case (_, JsonValueKind.Null):
                return ColumnValue.Missing(column, out error);
            case (ValueKind.Number, JsonValueKind.Number):
                return ColumnValue.Number(column, value.GetDouble(), value.GetRawText(), out error);
            case (ValueKind.Text, JsonValueKind.String):
                error = null;
                return value.GetString();
            case (ValueKind.Text, JsonValueKind.Number):
                // Codes are categories that look like numbers.
                error = null;
                return value.GetRawText();
            case (ValueKind.Truth, JsonValueKind.True or JsonValueKind.False):
                error = null;
                return value.GetBoolean();
            case (ValueKind.Date, JsonValueKind.String):
                return ColumnValue.Date(column, value.GetString()!, out error);
            default:
                return ColumnValue.Refuse(
                    $"The column '{column.Name}' is {Quoted.Short(value.GetRawText())}; expected {ColumnValue.Describe(column.Kind)}.", out error);
        }
    }
}
