using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.Tabular;

/// <summary>Reads a data view of ML.NET.</summary>
internal static class DataViewTable
{
    // What ML.NET calls the texts of keys and of slots.
    private const string KeyValues = "KeyValues";
    private const string SlotNames = "SlotNames";

    /// <summary>Returns the columns of a data view.</summary>
    /// <exception cref="ArgumentException">A type is not supported.</exception>
    public static ColumnValues[] Read(IDataView view)
    {
        // A column hides an earlier one of the same name.
        DataViewSchema.Column[] visible = [.. view.Schema.Where(column => !column.IsHidden)];
        using var cursor = view.GetRowCursor(visible);
        Column[] columns = [.. visible.SelectMany(column => Columns(cursor, column))];
        while (cursor.MoveNext())
            foreach (var column in columns)
                column.Values.Add(column.Read());
        return [.. columns.Select(column => ColumnBuilder.Of(column.Name, column.Values, column.Type))];
    }

    private static IEnumerable<Column> Columns(DataViewRow row, DataViewSchema.Column column) => column.Type switch
    {
        KeyDataViewType => [Key(row, column)],
        TextDataViewType => [Single<ReadOnlyMemory<char>>(row, column)],
        BooleanDataViewType => [Single<bool>(row, column)],
        DateTimeDataViewType => [Single<DateTime>(row, column)],
        DateTimeOffsetDataViewType => [Single<DateTimeOffset>(row, column)],
        NumberDataViewType => [Number(row, column)],
        VectorDataViewType { IsKnownSize: true, ItemType: NumberDataViewType or BooleanDataViewType } vector => Slots(row, column, vector),
        _ => throw new ArgumentException(
            $"The column '{column.Name}' is of {column.Type}; expected numbers, text, true and false, dates, or a vector of numbers.",
            nameof(column)),
    };

    private static Column Single<T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<T>(column);
        return new Column(column.Name, typeof(T), () =>
        {
            T value = default!;
            getter(ref value);
            return value;
        });
    }

    private static Column Number(DataViewRow row, DataViewSchema.Column column) => Type.GetTypeCode(column.Type.RawType) switch
    {
        TypeCode.SByte => Single<sbyte>(row, column),
        TypeCode.Byte => Single<byte>(row, column),
        TypeCode.Int16 => Single<short>(row, column),
        TypeCode.UInt16 => Single<ushort>(row, column),
        TypeCode.Int32 => Single<int>(row, column),
        TypeCode.UInt32 => Single<uint>(row, column),
        TypeCode.Int64 => Single<long>(row, column),
        TypeCode.UInt64 => Single<ulong>(row, column),
        TypeCode.Single => Single<float>(row, column),
        _ => Single<double>(row, column),
    };

    // Key 0 is missing.
    private static Column Key(DataViewRow row, DataViewSchema.Column column)
    {
        var number = Number(row, column);
        Func<int?> index = () => Convert.ToInt32(number.Read(), null) is > 0 and int key ? key - 1 : null;
        if (column.Annotations.Schema.GetColumnOrNull(KeyValues)?.Type is not VectorDataViewType { ItemType: TextDataViewType })
            return new Column(column.Name, typeof(int), () => index());
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.Annotations.GetValue(KeyValues, ref names);
        string[] all = [.. names.DenseValues().Select(name => name.ToString())];
        return new Column(column.Name, typeof(string), () => index() is { } found ? all[found] : null);
    }

    private static IEnumerable<Column> Slots(DataViewRow row, DataViewSchema.Column column, VectorDataViewType vector)
    {
        string[] names = [.. Enumerable.Range(0, vector.Size).Select(slot => $"{column.Name}.{slot}")];
        if (column.Annotations.Schema.GetColumnOrNull(SlotNames)?.Type is VectorDataViewType { ItemType: TextDataViewType })
        {
            VBuffer<ReadOnlyMemory<char>> given = default;
            column.Annotations.GetValue(SlotNames, ref given);
            string[] named = [.. given.DenseValues().Select((name, slot) => name.IsEmpty ? names[slot] : $"{column.Name}.{name}")];
            if (named.Distinct(StringComparer.Ordinal).Count() == named.Length)
                names = named;
        }
        return vector.ItemType.RawType == typeof(double) ? Slots<double>(row, column, names)
            : vector.ItemType.RawType == typeof(bool) ? Slots<bool>(row, column, names)
            : vector.ItemType.RawType == typeof(float) ? Slots<float>(row, column, names)
            : throw new ArgumentException(
                $"The column '{column.Name}' is a vector of {vector.ItemType}; expected one of Single, Double or Boolean.", nameof(column));
    }

    private static IEnumerable<Column> Slots<T>(DataViewRow row, DataViewSchema.Column column, string[] names)
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        long position = -1;
        return [.. names.Select((name, slot) => new Column(name, typeof(T), () =>
        {
            if (position != row.Position)
                getter(ref value);
            position = row.Position;
            return value.GetItemOrDefault(slot);
        }))];
    }

    private sealed record Column(string Name, Type Type, Func<object?> Read)
    {
        public List<object?> Values { get; } = [];
    }
}
