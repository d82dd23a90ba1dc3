namespace Bayes.Layers.Tabular;

/// <summary>Holds out the same share of each class at random.</summary>
internal sealed class StratifiedSplit(string column) : TabularSplit
{
    private protected override bool[] HoldOut(Table table, double share, int count, Random random)
    {
        var values = table.Column(column);
        int[][] classes = [.. Shuffled(table.RowCount, random).GroupBy(row => values.Text(row) ?? "", StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => group.ToArray())];
        int[] heldOut = [.. classes.Where(rows => rows.Length > 1)
            .SelectMany(rows => rows.Take(Math.Clamp((int)Math.Round(share * rows.Length), 1, rows.Length - 1)))];
        return heldOut.Length > 0 ? Mark(table.RowCount, heldOut) : throw new InvalidDataException(
            $"No class of the column '{column}' has two rows; expected at least one that can be in both parts.");
    }
}
