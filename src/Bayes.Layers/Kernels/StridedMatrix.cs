namespace Bayes.Layers.Kernels;

/// <summary>A matrix in memory, as it is or transposed.</summary>
/// <param name="values">The numbers.</param>
/// <param name="rows">The number of rows.</param>
/// <param name="columns">The number of columns.</param>
/// <param name="rowStride">The distance of two numbers of a column.</param>
/// <param name="columnStride">The distance of two numbers of a row.</param>
internal readonly ref struct StridedMatrix<T>(ReadOnlySpan<T> values, int rows, int columns, int rowStride, int columnStride)
    where T : unmanaged
{
    /// <summary>Creates a matrix whose rows are one after the other.</summary>
    public StridedMatrix(ReadOnlySpan<T> values, int columns) : this(values, values.Length / columns, columns, columns, 1)
    {
    }

    public ReadOnlySpan<T> Values { get; } = values;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public int RowStride { get; } = rowStride;

    public int ColumnStride { get; } = columnStride;

    /// <summary>Gets the same numbers with rows and columns exchanged.</summary>
    public StridedMatrix<T> Transposed => new(Values, Columns, Rows, ColumnStride, RowStride);
}
