namespace Bayes.Layers.Data;

/// <summary>Some rows of a table, one after the other, that are in memory.</summary>
public sealed class TableBlock
{
    /// <summary>Creates a block.</summary>
    /// <param name="firstRow">Zero-based number of its first row in the table.</param>
    /// <param name="rows">The number of its rows.</param>
    /// <param name="columns">The columns that were asked for, in that order.</param>
    /// <exception cref="ArgumentException">A number is negative.</exception>
    public TableBlock(long firstRow, int rows, IReadOnlyList<BlockColumn> columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentNullException.ThrowIfNull(columns);
        (FirstRow, Rows, Columns) = (firstRow, rows, columns);
    }

    /// <summary>Gets the zero-based number of the first row in the table.</summary>
    public long FirstRow { get; }

    /// <summary>Gets the number of rows.</summary>
    public int Rows { get; }

    /// <summary>Gets the columns.</summary>
    public IReadOnlyList<BlockColumn> Columns { get; }
}
