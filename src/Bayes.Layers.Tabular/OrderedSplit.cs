namespace Bayes.Layers.Tabular;

/// <summary>Holds out the last rows by time.</summary>
internal sealed class OrderedSplit(string column) : TabularSplit
{
    private protected override bool[] HoldOut(Table table, double share, int count, Random random)
    {
        var values = table.Column(column);
        if (values.MissingCount > 0)
            TableNumbers.RefuseMissing(values, "the order of rows");
        double[] times = KindInference.Of(values) is ColumnKind.Date or ColumnKind.Category ? values.AsDates() : values.AsNumbers();
        double[] sorted = [.. times.Order()];
        if (sorted[0] == sorted[^1])
            throw new InvalidDataException($"The column '{column}' is {TextValues.Quote(values.Text(0)!)} in every row; expected times that differ.");
        // Rows of one time stay together: all are held out, or if that leaves none to train on, all are trained on.
        double boundary = sorted[^count];
        return boundary > sorted[0] ? [.. times.Select(time => time >= boundary)] : [.. times.Select(time => time > boundary)];
    }
}
