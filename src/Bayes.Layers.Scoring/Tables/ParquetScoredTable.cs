using Bayes.Layers.Tabular;

namespace Bayes.Layers.Scoring.Tables;

/// <summary>Reads rows of a Parquet file.</summary>
internal sealed class ParquetScoredTable : ScoredTable
{
    // Numbers of a row group that is kept: 256 MiB.
    private const long MostKept = 1 << 25;

    private readonly Lock _gate = new();
    private (TablePiece Piece, IReadOnlyList<string> Columns, Table Rows)? _kept;

    public ParquetScoredTable(string path, TableDescription description) : base(path, description)
    {
        string found = File.Read(ParquetFormat.FooterDigest);
        if (found != description.Head)
            throw Changed($"its footer has the SHA-256 {found[..16]}…; expected {description.Head[..16]}…");
    }

    protected override Table ReadRows(IReadOnlyList<TablePiece> pieces, long firstRow, int rows, IReadOnlyList<string> columns)
    {
        // A row group is decoded as a whole; if it has several shards, the one before has left it here.
        if (pieces is not [var piece] || piece.Rows < 2 * (long)rows || (long)piece.Rows * columns.Count > MostKept)
            return ParquetTable.Read(File, columns, firstRow, rows);
        return Kept(piece, columns).Range((int)(firstRow - piece.FirstRow), rows);
    }

    private Table Kept(TablePiece piece, IReadOnlyList<string> columns)
    {
        lock (_gate)
        {
            if (_kept is { } kept && kept.Piece == piece && kept.Columns.SequenceEqual(columns))
                return kept.Rows;
            _kept = null;
            var group = ParquetTable.Read(File, columns, piece.FirstRow, piece.Rows);
            _kept = (piece, columns, group);
            return group;
        }
    }
}
