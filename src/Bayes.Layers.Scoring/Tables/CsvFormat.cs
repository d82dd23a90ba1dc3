using Bayes.Layers.Data;
using Bayes.Layers.Tabular;

namespace Bayes.Layers.Scoring.Tables;

/// <summary>CSV in UTF-8: the pieces end where lines end.</summary>
internal sealed class CsvFormat : TableFormat
{
    private static readonly char[] Separators = [',', ';', '\t', '|'];

    public override string Name => "csv";

    protected override bool IsOf(string path) => true;

    public override TableDescription Describe(
        UnchangedFile file, int rowsOfPiece, Func<IReadOnlyList<string>, IReadOnlyList<string>?> kindsOf, CancellationToken cancellationToken)
    {
        using var stream = file.Open();
        var lines = new CsvLines(stream);
        byte[] first = lines.Next() ?? throw new InvalidDataException($"{file.Name} is empty; expected a header and at least one row.");
        string line = CsvText.Decode(file.Name, first);
        char separator = SeparatorOf(line);
        string[] values = CsvTable.Rows(file.Name, line, separator)[0];
        bool isHeader = CsvTable.IsHeader(values);
        string[] columns = CsvTable.NamesOf(values, isHeader);
        string[] wanted = [.. kindsOf(columns) ?? []];
        int[] places = [.. wanted.Select(name => Array.IndexOf(columns, name))];
        var kinds = new IReadOnlyList<ColumnKind>?[wanted.Length];
        if (!isHeader)
            lines.Return();
        var pieces = new List<TablePiece>();
        long firstRow = 0;
        while (lines.Take(rowsOfPiece) is { } piece)
        {
            cancellationToken.ThrowIfCancellationRequested();
            pieces.Add(new TablePiece(firstRow, piece.Rows, piece.Offset, piece.Bytes.Length, ScoredTable.Digest(piece.Bytes.Span)));
            firstRow += piece.Rows;
            if (wanted.Length == 0)
                continue;
            var rows = CsvTable.Rows($"rows {pieces[^1].FirstRow} to {firstRow - 1} of {file.Name}", CsvText.Decode(file.Name, piece.Bytes.Span),
                separator, columns.Length);
            for (int index = 0; index < places.Length; index++)
                if (places[index] >= 0)
                    kinds[index] = CsvColumns.KindsOf([.. rows.Select(row => row[places[index]])], kinds[index]);
        }
        return new TableDescription(Name, stream.Length, ScoredTable.Digest(isHeader ? first : []), columns, pieces)
        {
            Separator = separator,
            Kinds = wanted.Length == 0 ? null : wanted.Zip(kinds).ToDictionary(
                pair => pair.First, pair => pair.Second is [var kind, ..] ? kind : ColumnKind.Category),
        };
    }

    public override ScoredTable Open(string path, TableDescription description) => new CsvScoredTable(path, description);

    // The most frequent one outside quotes; a comma if there is none.
    private static char SeparatorOf(string line)
    {
        var counts = new int[Separators.Length];
        bool isQuoted = false;
        foreach (char character in line)
            if (character == '"')
                isQuoted = !isQuoted;
            else if (!isQuoted && Array.IndexOf(Separators, character) is >= 0 and var index)
                counts[index]++;
        return Separators[Array.IndexOf(counts, counts.Max())];
    }
}
