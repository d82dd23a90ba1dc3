using System.Numerics;
using Parquet;
using Parquet.Schema;

namespace Bayes.Layers.Data;

/// <summary>Reads columns of one element type of Parquet.</summary>
internal abstract class ParquetNumbers
{
    private static readonly Dictionary<Type, ParquetNumbers> Types = new()
    {
        [typeof(bool)] = new TruthValues(),
        [typeof(sbyte)] = new Numbers<sbyte>(), [typeof(byte)] = new Numbers<byte>(), [typeof(short)] = new Numbers<short>(),
        [typeof(ushort)] = new Numbers<ushort>(), [typeof(int)] = new Numbers<int>(), [typeof(uint)] = new Numbers<uint>(),
        [typeof(long)] = new Numbers<long>(), [typeof(ulong)] = new Numbers<ulong>(), [typeof(Half)] = new Numbers<Half>(),
        [typeof(float)] = new Numbers<float>(), [typeof(double)] = new Numbers<double>(), [typeof(decimal)] = new Numbers<decimal>(),
    };

    /// <summary>Returns the reader of a column's type, or null if its values are not numbers.</summary>
    public static ParquetNumbers? Find(DataField field) => Types.GetValueOrDefault(field.ClrType);

    /// <summary>Reads a column of a row group.</summary>
    public abstract ValueTask<BlockColumn> ReadAsync(ParquetRowGroupReader rows, DataField field, int count);

    private sealed class Numbers<T> : ParquetNumbers
        where T : struct, INumberBase<T>
    {
        public override async ValueTask<BlockColumn> ReadAsync(ParquetRowGroupReader rows, DataField field, int count)
        {
            if (field.IsNullable)
            {
                var nullable = new T?[count];
                await rows.ReadAsync<T>(field, nullable.AsMemory()).ConfigureAwait(false);
                return BlockColumn.Of<T>(nullable.AsMemory());
            }
            var values = new T[count];
            await rows.ReadAsync<T>(field, values.AsMemory()).ConfigureAwait(false);
            return BlockColumn.Of<T>(values.AsMemory());
        }
    }

    private sealed class TruthValues : ParquetNumbers
    {
        public override async ValueTask<BlockColumn> ReadAsync(ParquetRowGroupReader rows, DataField field, int count)
        {
            var nullable = new bool?[count];
            if (field.IsNullable)
            {
                await rows.ReadAsync<bool>(field, nullable.AsMemory()).ConfigureAwait(false);
                return BlockColumn.Of(nullable);
            }
            var values = new bool[count];
            await rows.ReadAsync<bool>(field, values.AsMemory()).ConfigureAwait(false);
            for (int row = 0; row < count; row++)
                nullable[row] = values[row];
            return BlockColumn.Of(nullable);
        }
    }
}
