using System.Collections.Immutable;

namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>A table of finite numbers with named columns, read from a CSV file.</summary>
internal sealed class NumericTable
{
    private readonly double[] _valuesByRow;

    /// <summary>Makes a table from its values, row after row.</summary>
    public NumericTable(string path, IEnumerable<string> columnNames, IEnumerable<double> valuesByRow)
    {
        Path = path;
        ColumnNames = [.. columnNames];
        _valuesByRow = [.. valuesByRow];
        if (ColumnNames.IsEmpty || _valuesByRow.Length % Columns != 0)
            throw new ArgumentException("The values must fill whole rows.", nameof(valuesByRow));
        Rows = _valuesByRow.Length / Columns;
    }

    /// <summary>The file that the table was read from.</summary>
    public string Path { get; }

    /// <summary>The names in the header. Only a name that is looked up must be unique.</summary>
    public ImmutableArray<string> ColumnNames { get; }

    /// <summary>Number of rows, without the header.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns => ColumnNames.Length;

    /// <summary>Gets the value in a row and a column.</summary>
    public double this[int row, int column]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)Columns, nameof(column));
            return _valuesByRow[(row * Columns) + column];
        }
    }

    /// <summary>Reads all columns of a CSV file with a header line.</summary>
    /// <exception cref="DataFileException">The file cannot be used.</exception>
    public static NumericTable Read(string path) => NumericTableReader.Read(path, names: null);

    /// <summary>Reads some columns of a CSV file; the others may contain anything.</summary>
    /// <exception cref="DataFileException">The file cannot be used.</exception>
    public static NumericTable Read(string path, IReadOnlyList<string> names) => NumericTableReader.Read(path, names);

    /// <summary>Returns a copy of the column with a name.</summary>
    public double[] Column(string name)
    {
        var column = ColumnLookup.IndexOf(Path, ColumnNames, name);
        return [.. Enumerable.Range(0, Rows).Select(row => this[row, column])];
    }

    /// <summary>Returns a copy of the columns with some names, <c>[rows, names]</c>.</summary>
    public double[,] Select(params IReadOnlyList<string> names)
    {
        var columns = names.Select(name => ColumnLookup.IndexOf(Path, ColumnNames, name)).ToArray();
        var selected = new double[Rows, columns.Length];
        for (var row = 0; row < Rows; row++)
            for (var column = 0; column < columns.Length; column++)
                selected[row, column] = this[row, columns[column]];

        return selected;
    }

    /// <summary>Returns the line of a row in the file: the header is line 1, and no row has two lines.</summary>
    public static int LineOf(int row) => row + 2;
}
