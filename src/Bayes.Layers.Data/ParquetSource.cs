using Parquet;
using Parquet.Schema;

namespace Bayes.Layers.Data;

/// <summary>The rows of a Parquet file, read one row group at a time, and of it the named columns alone.</summary>
/// <remarks>The file must stay as it is: a file of another length or time of writing is refused when an epoch begins.</remarks>
public sealed class ParquetSource : TableSource
{
    private readonly UnchangedFile _file;
    private readonly DataField[] _fields;
    private readonly long _rows;

    /// <summary>Opens a file and reads its description.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Which columns a network takes and predicts. Columns inside a structure are named <c>outer/inner</c>.</param>
    /// <exception cref="ArgumentException">A feature is not a column of the file, or is not of numbers.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or not a Parquet file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public ParquetSource(string path, TableColumns columns)
        : this(new UnchangedFile(path), columns)
    {
    }

    private ParquetSource(UnchangedFile file, TableColumns columns)
        : this(file, columns, file.Read(stream => Waiting.For(() => DescribeAsync(stream))))
    {
    }

    private ParquetSource(UnchangedFile file, TableColumns columns, (DataField[] Fields, long Rows) found)
        : base(file.Name, columns, [.. found.Fields.Select(Describe)]) => (_file, _fields, _rows) = (file, found.Fields, found.Rows);

    /// <inheritdoc/>
    protected override long CountRows() => _rows;

    /// <inheritdoc/>
    protected override IEnumerable<TableBlock> ReadBlocks(IReadOnlyList<int> columns, Random? order)
    {
        using var stream = _file.Open();
        var reader = _file.Guard(() => Waiting.For(() => ParquetReader.CreateAsync(stream)));
        try
        {
            long[] firstRows = new long[reader.RowGroupCount + 1];
            for (int group = 0; group < reader.RowGroupCount; group++)
                firstRows[group + 1] = firstRows[group] + reader.Metadata!.RowGroups[group].NumRows;
            int[] groups = [.. Enumerable.Range(0, reader.RowGroupCount)];
            order?.Shuffle(groups);
            foreach (int group in groups)
                yield return _file.Guard(() => Waiting.For(() => ReadAsync(reader, group, firstRows[group], columns)), $"row group {group} (from 0)");
        }
        finally
        {
            Waiting.For(async () => await reader.DisposeAsync().ConfigureAwait(false));
        }
    }

    private static async Task<(DataField[] Fields, long Rows)> DescribeAsync(Stream stream)
    {
        await using var reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
        return (reader.Schema.GetDataFields(), reader.Metadata!.RowGroups.Sum(group => group.NumRows));
    }

    private async Task<TableBlock> ReadAsync(ParquetReader reader, int group, long firstRow, IReadOnlyList<int> columns)
    {
        using var rows = reader.OpenRowGroupReader(group);
        int count = checked((int)rows.RowCount);
        var read = new BlockColumn[columns.Count];
        for (int index = 0; index < read.Length; index++)
        {
            var field = _fields[columns[index]];
            read[index] = await ParquetNumbers.Find(field)!.ReadAsync(rows, field, count).ConfigureAwait(false);
        }
        return new TableBlock(firstRow, count, read);
    }

    private static TableColumn Describe(DataField field) => new(
        field.Path.ToString(), field.IsArray || field.MaxRepetitionLevel > 0 ? $"list of {field.ClrType.Name}" : field.ClrType.Name,
        field.MaxRepetitionLevel > 0 || field.IsArray ? "with a number of values that may differ by row"
        : ParquetNumbers.Find(field) is null ? "which is not a number" : null);
}
