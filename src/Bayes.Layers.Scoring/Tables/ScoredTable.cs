using System.Security.Cryptography;
using Bayes.Layers.Data;
using Bayes.Layers.Tabular;

namespace Bayes.Layers.Scoring.Tables;

/// <summary>A table's file, of which some rows are read at a time, and only if they are those that were planned.</summary>
internal abstract class ScoredTable
{
    private const int BufferSize = 1 << 20;

    private readonly HashSet<TablePiece> _seen = [];

    protected ScoredTable(string path, TableDescription description)
    {
        (Path, Description) = (path, description);
        File = new UnchangedFile(path);
        long bytes = new FileInfo(path).Length;
        if (bytes != description.Bytes)
            throw Changed($"it has {bytes} bytes; expected {description.Bytes}");
    }

    /// <summary>Gets the path of the file.</summary>
    public string Path { get; }

    /// <summary>Gets what was planned.</summary>
    public TableDescription Description { get; }

    /// <summary>Gets the file, which stays as it is.</summary>
    protected UnchangedFile File { get; }

    /// <summary>Describes a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rowsOfPiece">The number of rows of a part, where the format leaves the choice.</param>
    /// <param name="kindsOf">Columns whose kinds a model must know, or null.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="InvalidDataException">The file is damaged or has no rows.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TableDescription Describe(
        string path, int rowsOfPiece, Func<IReadOnlyList<string>, IReadOnlyList<string>?> kindsOf, CancellationToken cancellationToken)
    {
        var file = new UnchangedFile(path);
        var description = TableFormat.Of(path).Describe(file, rowsOfPiece, kindsOf, cancellationToken);
        return description.Rows > 0 ? description : throw new InvalidDataException($"There are 0 rows in '{path}'; expected at least one.");
    }

    /// <summary>Opens a file that was described.</summary>
    /// <exception cref="ScoringException">The file is another than the one that was planned.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ScoredTable Open(string path, TableDescription description) => TableFormat.Named(description.Format).Open(path, description);

    /// <summary>Reads rows, in order.</summary>
    /// <param name="firstRow">Zero-based number of the first row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The names of the columns to read.</param>
    /// <exception cref="ScoringException">The file is another than the one that was planned.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public Table Read(long firstRow, int rows, IReadOnlyList<string> columns)
    {
        var pieces = Description.Pieces.Where(piece => piece.FirstRow < firstRow + rows && piece.FirstRow + piece.Rows > firstRow).ToArray();
        foreach (var piece in pieces)
            RequireSame(piece);
        var table = ReadRows(pieces, firstRow, rows, columns);
        return table.RowCount == rows ? table : throw Changed($"rows {firstRow} to {firstRow + rows - 1} are {table.RowCount}; expected {rows}");
    }

    /// <summary>Reads rows of pieces that are as planned.</summary>
    protected abstract Table ReadRows(IReadOnlyList<TablePiece> pieces, long firstRow, int rows, IReadOnlyList<string> columns);

    /// <summary>Returns the digest of bytes in hexadecimal digits.</summary>
    public static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Returns the digest of a part of a file.</summary>
    public static string Digest(Stream file, long offset, long bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferSize];
        file.Seek(offset, SeekOrigin.Begin);
        for (long left = bytes; left > 0;)
        {
            int read = file.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
                throw new EndOfStreamException($"The file ends after {offset + bytes - left} bytes; expected at least {offset + bytes}.");
            hash.AppendData(buffer, 0, read);
            left -= read;
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Returns the sentence about a file that is another than the one that was planned.</summary>
    protected ScoringException Changed(string how) => new($"The table '{Path}' has changed since the plan was made: {how}.");

    private void RequireSame(TablePiece piece)
    {
        lock (_seen)
            if (_seen.Contains(piece))
                return;
        string found = File.Read(stream => Digest(stream, piece.Offset, piece.Bytes));
        if (found != piece.Digest)
            throw Changed(
                $"rows {piece.FirstRow} to {piece.FirstRow + piece.Rows - 1} have the SHA-256 {found[..16]}…; expected {piece.Digest[..16]}…");
        lock (_seen)
            _seen.Add(piece);
    }
}
