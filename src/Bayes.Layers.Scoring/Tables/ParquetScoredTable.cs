using Bayes.Layers.Tabular;

namespace Bayes.Layers.Scoring.Tables;

/// <summary>Reads rows of a Parquet file.</summary>
internal sealed class ParquetScoredTable : ScoredTable
{
    public ParquetScoredTable(string path, TableDescription description) : base(path, description)
    {
        string found = File.Read(ParquetFormat.FooterDigest);
        if (found != description.Head)
            throw Changed($"its footer has the SHA-256 {found[..16]}…; expected {description.Head[..16]}…");
    }

    protected override Table ReadRows(IReadOnlyList<TablePiece> pieces, long firstRow, int rows, IReadOnlyList<string> columns) =>
        ParquetTable.Read(File, columns, firstRow, rows);
}
