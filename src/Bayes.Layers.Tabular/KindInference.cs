namespace Bayes.Layers.Tabular;

/// <summary>Infers what the values of a column of features are.</summary>
internal static class KindInference
{
    /// <summary>Returns the kind of a column: its own, except that text is dates if every value is one.</summary>
    /// <exception cref="InvalidDataException">More than half of the texts are numbers, or dates, but not all: something is wrong with the others.
    /// </exception>
    public static ColumnKind Of(ColumnValues column)
    {
        if (column.Kind != ColumnKind.Category || column.MissingCount == column.Count)
            return column.Kind;
        if (MostAre(column, text => TextValues.TryDate(text, out _), out int? other))
            return other is { } row ? throw Mixed(column, row, "dates", ColumnKind.Date) : ColumnKind.Date;
        if (MostAre(column, text => TextValues.TryNumber(text, out _), out other) && other is { } odd)
            throw Mixed(column, odd, "numbers", ColumnKind.Number);
        return ColumnKind.Category;
    }

    private static bool MostAre(ColumnValues column, Func<string, bool> test, out int? other)
    {
        other = null;
        int count = 0;
        for (int row = 0; row < column.Count; row++)
            if (column.Text(row) is { } text && !test(text))
                other ??= row;
            else if (!column.IsMissing(row))
                count++;
        return 2 * count > column.Count - column.MissingCount;
    }

    private static InvalidDataException Mixed(ColumnValues column, int row, string most, ColumnKind kind) => new(
        $"The column '{column.Name}' has {TextValues.Quote(column.Text(row)!)} in row {row} (from 0), where most values are {most}; expected {most} "
        + $"alone, or a description that says {nameof(ColumnKind)}.{nameof(ColumnKind.Category)} instead of {nameof(ColumnKind)}.{kind}.");
}
