using System.Numerics;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Bayes.Layers.Data;

/// <summary>The columns of Arrow record batches as numbers, read where they are.</summary>
internal static class ArrowColumns
{
    private static readonly Dictionary<ArrowTypeId, Func<IArrowArray, BlockColumn>> Types = new()
    {
        [ArrowTypeId.Boolean] = array => new TruthValues((BooleanArray)array),
        [ArrowTypeId.Int8] = Numbers<sbyte>.In, [ArrowTypeId.UInt8] = Numbers<byte>.In, [ArrowTypeId.Int16] = Numbers<short>.In,
        [ArrowTypeId.UInt16] = Numbers<ushort>.In, [ArrowTypeId.Int32] = Numbers<int>.In, [ArrowTypeId.UInt32] = Numbers<uint>.In,
        [ArrowTypeId.Int64] = Numbers<long>.In, [ArrowTypeId.UInt64] = Numbers<ulong>.In, [ArrowTypeId.HalfFloat] = Numbers<Half>.In,
        [ArrowTypeId.Float] = Numbers<float>.In, [ArrowTypeId.Double] = Numbers<double>.In,
        [ArrowTypeId.Decimal128] = array => new Decimals(((Decimal128Array)array).GetValue),
    };

    /// <summary>Describes the columns of a schema.</summary>
    public static TableColumn[] Describe(Schema schema) =>
        [.. schema.FieldsList.Select(field => new TableColumn(
            field.Name, field.DataType.Name, Types.ContainsKey(field.DataType.TypeId) ? null : "which is not a number"))];

    /// <summary>Returns some columns of a record batch as a block.</summary>
    public static TableBlock Block(RecordBatch batch, long firstRow, IReadOnlyList<int> columns) => new(
        firstRow, batch.Length, [.. columns.Select(index => Types[batch.Schema.FieldsList[index].DataType.TypeId](batch.Column(index)))]);

    /// <summary>Determines whether two schemas have the same names and types.</summary>
    public static bool AreAlike(Schema first, Schema second) =>
        Describe(first).SequenceEqual(Describe(second));

    private sealed class Numbers<T>(PrimitiveArray<T> array) : BlockColumn
        where T : unmanaged, INumberBase<T>, IEquatable<T>
    {
        public static BlockColumn In(IArrowArray array) => new Numbers<T>((PrimitiveArray<T>)array);

        public override void Read(int firstRow, Span<double> values)
        {
            var from = array.Values.Slice(firstRow, values.Length);
            for (int i = 0; i < values.Length; i++)
                values[i] = double.CreateTruncating(from[i]);
            if (array.NullCount == 0)
                return;
            for (int i = 0; i < values.Length; i++)
                if (array.IsNull(firstRow + i))
                    values[i] = double.NaN;
        }
    }

    private sealed class TruthValues(BooleanArray array) : BlockColumn
    {
        public override void Read(int firstRow, Span<double> values)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = array.GetValue(firstRow + i) is { } value ? value ? 1 : 0 : double.NaN;
        }
    }

    private sealed class Decimals(Func<int, decimal?> find) : BlockColumn
    {
        public override void Read(int firstRow, Span<double> values)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = find(firstRow + i) is { } value ? (double)value : double.NaN;
        }
    }
}
