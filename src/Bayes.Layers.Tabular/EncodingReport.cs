namespace Bayes.Layers.Tabular;

/// <summary>Counts what was unusual in rows that were encoded for prediction: nothing of it ends a prediction, but it makes it less sure.</summary>
/// <param name="RowCount">The number of rows.</param>
/// <param name="Columns">The counts of each column of features.</param>
public sealed record EncodingReport(int RowCount, IReadOnlyList<ColumnReport> Columns)
{
    /// <summary>Gets the number of missing values.</summary>
    public int Missing => Columns.Sum(column => column.Missing);

    /// <summary>Gets the number of categories that no training row has.</summary>
    public int UnknownCategories => Columns.Sum(column => column.UnknownCategories);

    /// <summary>Gets the number of numbers, or dates, that are out of the range of the training rows.</summary>
    public int OutOfRange => Columns.Sum(column => column.OutOfRange);

    /// <summary>Gets the number of texts that are not a date.</summary>
    public int UnreadableDates => Columns.Sum(column => column.UnreadableDates);

    /// <summary>Gets the number of infinite numbers.</summary>
    public int Infinite => Columns.Sum(column => column.Infinite);

    /// <summary>Gets whether all counts are zero.</summary>
    public bool IsEmpty => Columns.All(column => column.IsEmpty);

    /// <inheritdoc/>
    public override string ToString() => IsEmpty ? $"{TextValues.Count(RowCount, "row")}, nothing unusual."
        : $"{TextValues.Count(RowCount, "row")}. {string.Join("; ", Columns.Where(column => !column.IsEmpty))}.";
}
