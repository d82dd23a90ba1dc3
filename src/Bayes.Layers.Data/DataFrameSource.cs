using System.Numerics;
using Microsoft.Data.Analysis;

namespace Bayes.Layers.Data;

/// <summary>The rows of a <c>Microsoft.Data.Analysis.DataFrame</c>, which are read where they are.</summary>
/// <remarks>The data frame stays the caller's. It must not change while it is read.</remarks>
public sealed class DataFrameSource : TableSource
{
    private const int RowsOfBlock = 1 << 16;

    private static readonly Dictionary<Type, Func<DataFrameColumn, long, BlockColumn>> Types = new()
    {
        [typeof(bool)] = (column, first) => new TruthValues((PrimitiveDataFrameColumn<bool>)column, first),
        [typeof(sbyte)] = Numbers<sbyte>.In, [typeof(byte)] = Numbers<byte>.In, [typeof(short)] = Numbers<short>.In,
        [typeof(ushort)] = Numbers<ushort>.In, [typeof(int)] = Numbers<int>.In, [typeof(uint)] = Numbers<uint>.In, [typeof(long)] = Numbers<long>.In,
        [typeof(ulong)] = Numbers<ulong>.In, [typeof(float)] = Numbers<float>.In, [typeof(double)] = Numbers<double>.In,
        [typeof(decimal)] = Numbers<decimal>.In,
    };

    private readonly DataFrame _frame;

    /// <summary>Creates a source of a data frame.</summary>
    /// <param name="frame">The data frame.</param>
    /// <param name="columns">Which columns a network takes and predicts.</param>
    /// <exception cref="ArgumentException">A feature is not a column of the data frame, or is not of numbers.</exception>
    public DataFrameSource(DataFrame frame, TableColumns columns)
        : base("the data frame", columns, Describe(frame)) => _frame = frame;

    /// <inheritdoc/>
    protected override long CountRows() => _frame.Rows.Count;

    /// <inheritdoc/>
    protected override IEnumerable<TableBlock> ReadBlocks(IReadOnlyList<int> columns, Random? order)
    {
        long rows = _frame.Rows.Count;
        int[] blocks = [.. Enumerable.Range(0, checked((int)((rows + RowsOfBlock - 1) / RowsOfBlock)))];
        order?.Shuffle(blocks);
        foreach (int block in blocks)
        {
            long first = (long)block * RowsOfBlock;
            yield return new TableBlock(
                first, (int)Math.Min(RowsOfBlock, rows - first),
                [.. columns.Select(index => _frame.Columns[index]).Select(column => Types[column.DataType](column, first))]);
        }
    }

    private static TableColumn[] Describe(DataFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return [.. frame.Columns.Select(column => new TableColumn(
            column.Name, column.DataType.Name, Types.ContainsKey(column.DataType) ? null : "which is not a number"))];
    }

    private sealed class Numbers<T>(PrimitiveDataFrameColumn<T> column, long first) : BlockColumn
        where T : unmanaged, INumberBase<T>
    {
        public static BlockColumn In(DataFrameColumn column, long first) => new Numbers<T>((PrimitiveDataFrameColumn<T>)column, first);

        public override void Read(int firstRow, Span<double> values)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = column[first + firstRow + i] is { } value ? double.CreateTruncating(value) : double.NaN;
        }
    }

    private sealed class TruthValues(PrimitiveDataFrameColumn<bool> column, long first) : BlockColumn
    {
        public override void Read(int firstRow, Span<double> values)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = column[first + firstRow + i] is { } value ? value ? 1 : 0 : double.NaN;
        }
    }
}
