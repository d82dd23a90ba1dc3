using Bayes.Layers.Tabular;

namespace Bayes.Layers.Scoring.Tables;

/// <summary>Reads rows of a CSV file.</summary>
internal sealed class CsvScoredTable(string path, TableDescription description) : ScoredTable(path, description)
{
    protected override Table ReadRows(IReadOnlyList<TablePiece> pieces, long firstRow, int rows, IReadOnlyList<string> columns)
    {
        var lines = new List<string[]>();
        foreach (var piece in pieces)
        {
            string name = $"rows {piece.FirstRow} to {piece.FirstRow + piece.Rows - 1} of '{Path}'";
            string text = CsvText.Decode(name, Bytes(piece));
            lines.AddRange(CsvTable.Rows(name, text, Description.Separator, Description.Columns.Count));
        }
        int skipped = (int)(firstRow - pieces[0].FirstRow);
        var wanted = lines.Count == rows ? lines : [.. lines.Skip(skipped).Take(rows)];
        return new Table([.. columns.Select(column =>
        {
            int place = Description.Columns.ToList().IndexOf(column);
            string[] texts = [.. wanted.Select(line => line[place])];
            return Description.Kinds?.TryGetValue(column, out var kind) == true ? CsvColumns.Read(column, texts, kind)
                : CsvColumns.Infer(column, texts);
        })]);
    }

    private byte[] Bytes(TablePiece piece) => File.Read(stream =>
    {
        byte[] bytes = new byte[piece.Bytes];
        stream.Seek(piece.Offset, SeekOrigin.Begin);
        stream.ReadExactly(bytes);
        return bytes;
    });
}
