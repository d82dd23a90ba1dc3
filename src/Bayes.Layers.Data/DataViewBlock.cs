using Microsoft.ML;

namespace Bayes.Layers.Data;

/// <summary>Some rows of a cursor, in memory that is used again for the next.</summary>
internal sealed class DataViewBlock
{
    private const int Capacity = 1024;

    private readonly DataViewColumn[] _readers;
    private readonly double[][] _values;

    public DataViewBlock(DataViewColumn[] readers)
    {
        _readers = readers;
        _values = [.. readers.Select(reader => new double[Capacity * reader.Width])];
        Columns = [.. readers.Select((reader, index) => BlockColumn.Of<double>(_values[index].AsMemory(), reader.Width))];
    }

    /// <summary>Gets the columns of the rows that were read last.</summary>
    public IReadOnlyList<BlockColumn> Columns { get; }

    /// <summary>Reads the next rows, and returns their number; 0 at the end.</summary>
    public int Read(DataViewRowCursor cursor)
    {
        int rows = 0;
        for (; rows < Capacity && cursor.MoveNext(); rows++)
            for (int index = 0; index < _readers.Length; index++)
                _readers[index].Read(_values[index].AsSpan(rows * _readers[index].Width, _readers[index].Width));
        return rows;
    }
}
