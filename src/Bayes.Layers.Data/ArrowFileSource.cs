using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Bayes.Layers.Data;

/// <summary>
/// The rows of an Arrow file (Feather version 2) or of a saved Arrow stream, read one record batch at a time.
/// </summary>
/// <remarks>
/// The file must stay as it is: a file of another length or time of writing is refused when an epoch begins. A file finds its record batches in any
/// order, a stream only one after the other. The number of rows is not stored: the first use reads all of them once.
/// </remarks>
public sealed class ArrowFileSource : TableSource
{
    private static readonly byte[] MarkOfFile = "ARROW1"u8.ToArray();

    private readonly UnchangedFile _file;
    private readonly Lazy<long[]> _firstRows;

    /// <summary>Opens a file and reads its description.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">Which columns a network takes and predicts.</param>
    /// <exception cref="ArgumentException">A feature is not a column of the file, or is not of numbers.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, compressed, or not an Arrow file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public ArrowFileSource(string path, TableColumns columns)
        : this(new UnchangedFile(path), columns)
    {
    }

    private ArrowFileSource(UnchangedFile file, TableColumns columns)
        : base(file.Name, columns, file.Read(stream => ArrowColumns.Describe(Waiting.For(() => Reader(stream).GetSchema(default).AsTask()))))
    {
        _file = file;
        _firstRows = new Lazy<long[]>(FirstRows);
    }

    /// <inheritdoc/>
    protected override long CountRows() => _firstRows.Value[^1];

    /// <inheritdoc/>
    protected override IEnumerable<TableBlock> ReadBlocks(IReadOnlyList<int> columns, Random? order)
    {
        long[] firstRows = _firstRows.Value;
        int[] places = [.. Enumerable.Range(0, firstRows.Length - 1)];
        using var stream = _file.Open();
        using var reader = Reader(stream);
        if (reader is ArrowFileReader)
            order?.Shuffle(places);
        foreach (int index in places)
        {
            using var batch = _file.Guard(() => Next(reader, index), Place(index))
                ?? throw new InvalidDataException($"{_file.Name} ends before {Place(index)}; expected {places.Length} record batches.");
            yield return ArrowColumns.Block(batch, firstRows[index], columns);
        }
    }

    // Numbers of the first rows of all batches, and the number of rows.
    private long[] FirstRows()
    {
        using var stream = _file.Open();
        using var reader = Reader(stream);
        int? count = reader is ArrowFileReader file ? _file.Guard(() => Waiting.For(() => file.RecordBatchCountAsync().AsTask())) : null;
        var firstRows = new List<long> { 0 };
        for (int index = 0; count is null || index < count; index++)
        {
            using var batch = _file.Guard(() => Next(reader, index), Place(index));
            if (batch is null)
                break;
            firstRows.Add(firstRows[^1] + batch.Length);
        }
        return [.. firstRows];
    }

    private static RecordBatch? Next(ArrowStreamReader reader, int index) => Waiting.For(() => (reader is ArrowFileReader file
        ? file.ReadRecordBatchAsync(index, default) : reader.ReadNextRecordBatchAsync(default)).AsTask());

    private static ArrowStreamReader Reader(Stream stream)
    {
        Span<byte> mark = stackalloc byte[MarkOfFile.Length];
        bool isFile = stream.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false) == mark.Length && mark.SequenceEqual(MarkOfFile);
        stream.Position = 0;
        return isFile ? new ArrowFileReader(stream, leaveOpen: true) : new ArrowStreamReader(stream, leaveOpen: true);
    }

    private static string Place(int index) => $"record batch {index} (from 0)";
}
