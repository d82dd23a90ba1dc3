namespace Bayes.Layers.Tabular;

/// <summary>Holds out whole groups at random.</summary>
internal sealed class GroupedSplit(string column) : TabularSplit
{
    /// <inheritdoc/>
    internal override string GroupColumn => column;

    private protected override bool[] HoldOut(Table table, double share, int count, Random random)
    {
        var values = table.Column(column);
        int[][] groups = [.. Enumerable.Range(0, table.RowCount)
            .GroupBy(row => values.Text(row) is { } text ? (text, -1) : ("", row)).Select(group => group.ToArray())];
        if (groups.Length == 1)
            throw new InvalidDataException(
                $"The column '{column}' is {TextValues.Quote(values.Text(0) ?? "")} in every row; expected at least two groups to split by.");
        random.Shuffle(groups);
        var heldOut = new List<int>();
        foreach (int[] group in groups)
            if (heldOut.Count + group.Length is var more && more < table.RowCount && Math.Abs(more - count) < Math.Abs(heldOut.Count - count))
                heldOut.AddRange(group);
        // Every group is at least twice as large as what is wanted.
        if (heldOut.Count == 0)
            heldOut.AddRange(groups.MinBy(group => group.Length)!);
        return Mark(table.RowCount, heldOut);
    }
}
