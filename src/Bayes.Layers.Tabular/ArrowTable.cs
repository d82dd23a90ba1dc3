using System.Collections;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Bayes.Layers.Tabular;

/// <summary>Copies record batches of Arrow.</summary>
internal static class ArrowTable
{
    private static readonly Dictionary<ArrowTypeId, Type> Types = new()
    {
        [ArrowTypeId.Boolean] = typeof(bool), [ArrowTypeId.Int8] = typeof(sbyte), [ArrowTypeId.UInt8] = typeof(byte),
        [ArrowTypeId.Int16] = typeof(short), [ArrowTypeId.UInt16] = typeof(ushort), [ArrowTypeId.Int32] = typeof(int),
        [ArrowTypeId.UInt32] = typeof(uint), [ArrowTypeId.Int64] = typeof(long), [ArrowTypeId.UInt64] = typeof(ulong),
        [ArrowTypeId.HalfFloat] = typeof(Half), [ArrowTypeId.Float] = typeof(float), [ArrowTypeId.Double] = typeof(double),
        [ArrowTypeId.Decimal128] = typeof(decimal), [ArrowTypeId.String] = typeof(string), [ArrowTypeId.LargeString] = typeof(string),
        [ArrowTypeId.StringView] = typeof(string), [ArrowTypeId.Date32] = typeof(DateTime), [ArrowTypeId.Date64] = typeof(DateTime),
        [ArrowTypeId.Timestamp] = typeof(DateTimeOffset), [ArrowTypeId.Null] = typeof(double),
    };

    /// <summary>Returns the columns of record batches.</summary>
    /// <exception cref="ArgumentException">There are no record batches, they differ in their columns, or a type is not supported.</exception>
    public static ColumnValues[] Read(RecordBatch[] batches)
    {
        if (batches.Length == 0)
            throw new ArgumentException("There are no record batches; expected at least one.", nameof(batches));
        var fields = batches[0].Schema.FieldsList;
        foreach (var (index, batch) in batches.Index())
            if (!batch.Schema.FieldsList.Select(Signature).SequenceEqual(fields.Select(Signature)))
                throw new ArgumentException(
                    $"Record batch {index} (from 0) has other columns than the first; expected the same names and types.", nameof(batches));
        return [.. fields.Select((field, index) => ColumnBuilder.Of(
            field.Name, batches.SelectMany(batch => Values(batch.Column(index))), TypeOf(field)))];
    }

    private static (string, ArrowTypeId) Signature(Field field) => (field.Name, field.DataType.TypeId);

    private static Type TypeOf(Field field) =>
        Types.GetValueOrDefault((field.DataType is DictionaryType dictionary ? dictionary.ValueType : field.DataType).TypeId)
        ?? throw new ArgumentException(
            $"The column '{field.Name}' is of {field.DataType.Name}; expected numbers, text, true and false, or dates.", nameof(field));

    private static IEnumerable<object?> Values(IArrowArray array) => array switch
    {
        DictionaryArray coded => Decode(coded),
        NullArray none => Enumerable.Repeat<object?>(null, none.Length),
        Decimal128Array numbers => Enumerable.Range(0, numbers.Length).Select(row => (object?)numbers.GetValue(row)),
        Date32Array dates => Enumerable.Range(0, dates.Length).Select(row => (object?)dates.GetDateTime(row)),
        Date64Array dates => Enumerable.Range(0, dates.Length).Select(row => (object?)dates.GetDateTime(row)),
        TimestampArray times => Enumerable.Range(0, times.Length).Select(row => (object?)times.GetTimestamp(row)),
        _ => ((IEnumerable)array).Cast<object?>(),
    };

    private static IEnumerable<object?> Decode(DictionaryArray coded)
    {
        object?[] names = [.. Values(coded.Dictionary)];
        return Values(coded.Indices).Select(index => index is null ? null : names[Convert.ToInt32(index, null)]);
    }
}
