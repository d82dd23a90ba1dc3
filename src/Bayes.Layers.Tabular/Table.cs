using System.Collections;
using Apache.Arrow;
using Microsoft.Data.Analysis;
using Microsoft.ML;

namespace Bayes.Layers.Tabular;

/// <summary>
/// A table in memory: named columns of numbers, text, truth values or dates, any of which may be missing. Immutable.
/// </summary>
/// <remarks>
/// NaN and null are the same: missing. So is blank text; spaces around text are not kept. A date is what the clock showed;
/// one with an offset from UTC is counted in UTC.
/// </remarks>
public sealed class Table
{
    private readonly ColumnValues[] _columns;
    private readonly Dictionary<string, ColumnValues> _byName;

    /// <summary>Creates a table of columns, such as <c>new Table(("area", areas), ("street", streets))</c>.</summary>
    /// <param name="columns">The name of each column, and its values: an array or a list of numbers of any type, of <c>string</c>, <c>bool</c>,
    /// <c>DateTime</c>, <c>DateTimeOffset</c> or <c>DateOnly</c>, nullable or not. They are copied.</param>
    /// <exception cref="ArgumentException">There are no columns, a name appears twice or is empty, the columns differ in length, or values are of
    /// another type.</exception>
    public Table(params (string Name, IEnumerable Values)[] columns)
        : this(Build(columns))
    {
    }

    internal Table(IReadOnlyList<ColumnValues> columns)
    {
        if (columns.Count == 0)
            throw new ArgumentException("The table has no columns; expected at least one.", nameof(columns));
        _columns = [.. columns];
        _byName = new Dictionary<string, ColumnValues>(StringComparer.Ordinal);
        foreach (var column in _columns)
        {
            if (string.IsNullOrWhiteSpace(column.Name))
                throw new ArgumentException("A column has an empty name; expected a name for each.", nameof(columns));
            if (!_byName.TryAdd(column.Name, column))
                throw new ArgumentException($"The table has two columns named '{column.Name}'; expected each name once.", nameof(columns));
            if (column.Count != _columns[0].Count)
                throw new ArgumentException(
                    $"The column '{column.Name}' has {TextValues.Count(column.Count, "row")}; expected {_columns[0].Count}, as in "
                    + $"'{_columns[0].Name}'.", nameof(columns));
        }
        ColumnNames = [.. _columns.Select(column => column.Name)];
    }

    /// <summary>Gets the number of rows.</summary>
    public int RowCount => _columns[0].Count;

    /// <summary>Gets the names of the columns, in their order.</summary>
    public IReadOnlyList<string> ColumnNames { get; }

    /// <summary>Gets the columns, in their order.</summary>
    public IReadOnlyList<ColumnValues> Columns => _columns;

    /// <summary>Copies a data frame.</summary>
    /// <param name="frame">The data frame.</param>
    /// <exception cref="ArgumentException">A column is of another type than numbers, text, truth values and dates.</exception>
    public static implicit operator Table(DataFrame frame) => Of(frame);

    /// <summary>Copies a data frame.</summary>
    /// <param name="frame">The data frame.</param>
    /// <exception cref="ArgumentException">A column is of another type than numbers, text, truth values and dates.</exception>
    public static Table Of(DataFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return new Table([.. frame.Columns.Select(column => ColumnBuilder.Of(column.Name, column, column.DataType))]);
    }

    /// <summary>
    /// Reads a data view. Keys are text if they have names, or else numbers from 0; a vector of known length becomes a column of numbers for each
    /// slot, <c>name.slot</c>.
    /// </summary>
    /// <param name="view">The data view.</param>
    /// <exception cref="ArgumentException">A column is of another type.</exception>
    public static Table Of(IDataView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return new Table(DataViewTable.Read(view));
    }

    /// <summary>Copies record batches of Arrow, one after the other.</summary>
    /// <param name="batches">The record batches, at least one, all with the same columns.</param>
    /// <exception cref="ArgumentException">There are no record batches, they differ in their columns, or a column is of another type than numbers,
    /// text, truth values and dates.</exception>
    public static Table Of(params IEnumerable<RecordBatch> batches)
    {
        ArgumentNullException.ThrowIfNull(batches);
        return new Table(ArrowTable.Read([.. batches]));
    }

    /// <summary>Copies a matrix of numbers.</summary>
    /// <param name="values">The numbers, <c>[rows, columns]</c>; NaN if missing.</param>
    /// <param name="names">The names of the columns; x0, x1 and so on if none are given.</param>
    /// <exception cref="ArgumentException">The number of names is not that of the columns.</exception>
    public static Table Of(double[,] values, params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(names);
        int count = values.GetLength(1);
        if (names.Count != 0 && names.Count != count)
            throw new ArgumentException(
                $"The matrix has {TextValues.Count(count, "column")} and {TextValues.Count(names.Count, "name")}; expected a name for each column.",
                nameof(names));
        var columns = new ColumnValues[count];
        for (int column = 0; column < count; column++)
        {
            var copy = new double[values.GetLength(0)];
            for (int row = 0; row < copy.Length; row++)
                copy[row] = values[row, column];
            columns[column] = ColumnValues.OfNumbers(names.Count == 0 ? $"x{column}" : names[column], copy);
        }
        return new Table(columns);
    }

    /// <summary>Reads a CSV file in UTF-8, or in UTF-16 with its mark.</summary>
    /// <remarks>
    /// A column is numbers if every value that is not missing is one, or else dates (ISO: 2026-01-31, with or without a time of day), or else truth
    /// values (true and false, yes and no, t and f, y and n), or else text. Digits that begin with a zero, as in 01234, are text. Empty, <c>?</c>,
    /// <c>NA</c>, <c>N/A</c>, <c>NaN</c> and <c>null</c> are missing. The first line is the header unless a value in it is a number or a date.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="separator">What separates the values; null to find out whether it is a comma, a semicolon, a tab or a bar.</param>
    /// <param name="hasHeader">Whether the first line has the names of the columns, which are x0, x1 and so on otherwise; null to find out.</param>
    /// <exception cref="InvalidDataException">The file is empty, is not text, has no rows, or a row has more or fewer values than the first.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Table ReadCsv(string path, char? separator = null, bool? hasHeader = null) => CsvTable.Read(path, separator, hasHeader);

    /// <summary>Reads a Parquet file.</summary>
    /// <param name="path">The file. Columns inside a structure are named <c>outer/inner</c>.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or a column is of another type than numbers, text, truth values and dates.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Table ReadParquet(string path) => ParquetTable.Read(path);

    /// <summary>Returns the values of a column.</summary>
    /// <param name="name">The name of the column.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public ColumnValues Column(string name) => Find(name) ?? throw new ArgumentException(
        $"The table has no column '{name}'; expected one of {TextValues.List(ColumnNames)}.", nameof(name));

    /// <summary>Determines whether there is a column of a name.</summary>
    /// <param name="name">The name of the column.</param>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>Returns some rows as a table.</summary>
    /// <param name="rows">Zero-based indices of the rows, in their new order; a row may appear more than once.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public Table Rows(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        foreach (int row in rows)
            if (row < 0 || row >= RowCount)
                throw new ArgumentOutOfRangeException(nameof(rows), row, $"Row {row} does not exist; expected 0 to {RowCount - 1}.");
        return new Table([.. _columns.Select(column => column.Rows(rows))]);
    }

    /// <summary>Returns the table with one more column.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="values">Its values, of a type that the constructor takes.</param>
    /// <exception cref="ArgumentException">There is such a column, its length differs, or its values are of another type.</exception>
    public Table With(string name, IEnumerable values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return new Table([.. _columns, ColumnBuilder.Of(name, values)]);
    }

    /// <summary>Returns the table without some columns.</summary>
    /// <param name="names">The names of the columns.</param>
    /// <exception cref="ArgumentException">There is no such column, or no column is left.</exception>
    public Table Without(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var left = names.Select(Column).ToHashSet();
        return new Table([.. _columns.Where(column => !left.Contains(column))]);
    }

    /// <summary>Returns the rows in which some columns are not missing.</summary>
    /// <param name="names">The names of the columns; all columns if none are given.</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public Table WithoutMissing(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        ColumnValues[] columns = names.Count == 0 ? _columns : [.. names.Select(Column)];
        return Rows([.. Enumerable.Range(0, RowCount).Where(row => !columns.Any(column => column.IsMissing(row)))]);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{TextValues.Count(RowCount, "row")} of {TextValues.Count(_columns.Length, "column")}: {TextValues.List(ColumnNames)}";

    /// <summary>Returns rows that lie one after the other.</summary>
    internal Table Range(int first, int count) => new([.. _columns.Select(column => column.Range(first, count))]);

    /// <summary>Returns the table with the values of one column in another order.</summary>
    internal Table WithPermuted(string name, IReadOnlyList<int> rows) =>
        new([.. _columns.Select(column => column.Name == name ? column.Rows(rows) : column)]);

    private ColumnValues? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _byName.GetValueOrDefault(name);
    }

    private static ColumnValues[] Build((string Name, IEnumerable Values)[] columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        return [.. columns.Select(column =>
        {
            ArgumentNullException.ThrowIfNull(column.Name, nameof(columns));
            ArgumentNullException.ThrowIfNull(column.Values, nameof(columns));
            return ColumnBuilder.Of(column.Name, column.Values);
        })];
    }
}
