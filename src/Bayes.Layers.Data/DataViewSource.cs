using Microsoft.ML;
using Microsoft.ML.Data;

namespace Bayes.Layers.Data;

/// <summary>The rows of an <c>IDataView</c> of ML.NET, read with a cursor, some at a time.</summary>
/// <remarks>
/// A column of vectors of a fixed length counts as so many features. Keys are numbered from 0, can be a target, and are refused as a feature. The
/// data view stays the caller's. Rows come in its own order, and are shuffled within the buffer alone.
/// </remarks>
public sealed class DataViewSource : TableSource
{
    private readonly IDataView _view;

    /// <summary>Creates a source of a data view.</summary>
    /// <param name="view">The data view.</param>
    /// <param name="columns">Which columns a network takes and predicts.</param>
    /// <exception cref="ArgumentException">A feature is not a column of the data view, or is not of numbers.</exception>
    public DataViewSource(IDataView view, TableColumns columns)
        : base("the data view", columns, Describe(view)) => _view = view;

    /// <inheritdoc/>
    protected override long CountRows()
    {
        if (_view.GetRowCount() is { } stored)
            return stored;
        using var cursor = _view.GetRowCursor([]);
        long rows = 0;
        while (cursor.MoveNext())
            rows++;
        return rows;
    }

    /// <inheritdoc/>
    protected override IEnumerable<TableBlock> ReadBlocks(IReadOnlyList<int> columns, Random? order)
    {
        DataViewSchema.Column[] active = [.. columns.Select(index => Visible(_view)[index])];
        using var cursor = _view.GetRowCursor(active);
        DataViewColumn[] readers = [.. active.Select(column => DataViewColumn.Find(column.Type)!.In(cursor, column))];
        var block = new DataViewBlock(readers);
        for (long first = 0; block.Read(cursor) is > 0 and int rows; first += rows)
            yield return new TableBlock(first, rows, block.Columns);
    }

    private static TableColumn[] Describe(IDataView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return [.. Visible(view).Select(Describe)];
    }

    private static TableColumn Describe(DataViewSchema.Column column) =>
        column.Type is VectorDataViewType { IsKnownSize: false } ? new(column.Name, $"{column.Type}", "whose length differs by row")
        : DataViewColumn.Find(column.Type) is null ? new(column.Name, $"{column.Type}", "which is not a number")
        : new(column.Name, $"{column.Type}", Width: (column.Type as VectorDataViewType)?.Size ?? 1, IsKey: column.Type is KeyDataViewType);

    // A column hides an earlier one of the same name.
    private static DataViewSchema.Column[] Visible(IDataView view) => [.. view.Schema.Where(column => !column.IsHidden)];
}
