using Bayes.Layers.Data;
using Parquet;
using Parquet.Meta;

namespace Bayes.Layers.Scoring.Tables;

/// <summary>Parquet: the row groups are the pieces.</summary>
internal sealed class ParquetFormat : TableFormat
{
    // A footer ends in its length and four letters.
    private const int FooterEnd = 8;

    public override string Name => "parquet";

    protected override bool IsOf(string path) => path.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    public override TableDescription Describe(
        UnchangedFile file, int rowsOfPiece, Func<IReadOnlyList<string>, IReadOnlyList<string>?> kindsOf, CancellationToken cancellationToken)
    {
        var (columns, groups) = file.Read(stream => Waiting.For(() => GroupsAsync(stream)));
        return file.Read(stream =>
        {
            var pieces = new List<TablePiece>();
            foreach (var (firstRow, rows, offset, bytes) in groups)
            {
                cancellationToken.ThrowIfCancellationRequested();
                pieces.Add(new TablePiece(firstRow, rows, offset, bytes, ScoredTable.Digest(stream, offset, bytes)));
            }
            return new TableDescription(Name, stream.Length, FooterDigest(stream), columns, pieces);
        });
    }

    public override ScoredTable Open(string path, TableDescription description) => new ParquetScoredTable(path, description);

    /// <summary>Returns the digest of the description at the end of a file.</summary>
    public static string FooterDigest(Stream file)
    {
        Span<byte> end = stackalloc byte[FooterEnd];
        file.Seek(-FooterEnd, SeekOrigin.End);
        file.ReadExactly(end);
        long bytes = Math.Min(file.Length, BitConverter.ToUInt32(end) + (long)FooterEnd);
        return ScoredTable.Digest(file, file.Length - bytes, bytes);
    }

    private static async Task<(IReadOnlyList<string> Columns, List<(long FirstRow, int Rows, long Offset, long Bytes)> Groups)> GroupsAsync(
        Stream stream)
    {
        await using var reader = await ParquetReader.CreateAsync(stream).ConfigureAwait(false);
        var groups = new List<(long FirstRow, int Rows, long Offset, long Bytes)>();
        long firstRow = 0;
        foreach (var group in reader.Metadata!.RowGroups)
        {
            var chunks = group.Columns.Select(column => column.MetaData!).ToArray();
            long start = chunks.Min(StartOf), end = chunks.Max(chunk => StartOf(chunk) + chunk.TotalCompressedSize);
            int rows = checked((int)group.NumRows);
            if (rows > 0)
                groups.Add((firstRow, rows, start, end - start));
            firstRow += rows;
        }
        return ([.. reader.Schema.GetDataFields().Select(field => $"{field.Path}")], groups);
    }

    private static long StartOf(ColumnMetaData chunk) =>
        chunk.DictionaryPageOffset is > 0 and var dictionary ? Math.Min(dictionary, chunk.DataPageOffset) : chunk.DataPageOffset;
}
