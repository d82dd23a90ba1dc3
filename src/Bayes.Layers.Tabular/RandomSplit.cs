namespace Bayes.Layers.Tabular;

/// <summary>Holds out rows at random.</summary>
internal sealed class RandomSplit : TabularSplit
{
    private protected override bool[] HoldOut(Table table, double share, int count, Random random) =>
        Mark(table.RowCount, Shuffled(table.RowCount, random).Take(count));
}
