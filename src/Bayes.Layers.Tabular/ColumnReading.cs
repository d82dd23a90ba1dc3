namespace Bayes.Layers.Tabular;

/// <summary>Reads a column as what it is said to be, whatever its source made of it.</summary>
internal static class ColumnReading
{
    /// <summary>Returns numbers, NaN if missing: truth values are 0 and 1, and text must say a number.</summary>
    /// <exception cref="InvalidDataException">A value is not a number.</exception>
    public static double[] AsNumbers(this ColumnValues column)
    {
        if (column.Kind == ColumnKind.Category)
            return Read(column, "a number", text => TextValues.TryNumber(text, out double number) ? number : null);
        RefuseUnless(column, column.Kind != ColumnKind.Date, "numbers");
        return column.Numbers.ToArray();
    }

    /// <summary>Returns truth values as 0 and 1, NaN if missing; numbers must be 0 or 1, and text must say true or false.</summary>
    /// <exception cref="InvalidDataException">A value is something else.</exception>
    public static double[] AsBooleans(this ColumnValues column)
    {
        if (column.Kind == ColumnKind.Category)
            return Read(column, "true or false", text => TextValues.TryBoolean(text, out bool value) ? value ? 1 : 0 : null);
        RefuseUnless(column, column.Kind != ColumnKind.Date, "true and false");
        double[] values = column.Numbers.ToArray();
        for (int row = 0; row < values.Length; row++)
            if (values[row] is not (0 or 1 or double.NaN))
                throw Unlike(column, row, "true or false, or 1 or 0");
        return values;
    }

    /// <summary>Returns dates as days since 1970, NaN if missing.</summary>
    /// <exception cref="InvalidDataException">The column is numbers or truth values, or a text is not an ISO date.</exception>
    public static double[] AsDates(this ColumnValues column)
    {
        double[] dates = column.AsDatesOrMissing(out int? unreadable);
        return unreadable is { } row ? throw Unlike(column, row, "a date such as 2026-01-31") : dates;
    }

    /// <summary>Returns dates as days since 1970, NaN if missing or not a date.</summary>
    /// <param name="column">The column.</param>
    /// <param name="unreadable">The first row whose text is not a date; null if there is none.</param>
    /// <exception cref="InvalidDataException">The column is numbers or truth values.</exception>
    public static double[] AsDatesOrMissing(this ColumnValues column, out int? unreadable)
    {
        unreadable = null;
        if (column.Kind != ColumnKind.Category)
        {
            RefuseUnless(column, column.Kind == ColumnKind.Date, "dates");
            return column.Numbers.ToArray();
        }
        var dates = new double[column.Count];
        for (int row = 0; row < dates.Length; row++)
        {
            bool isDate = TextValues.TryDate(column.Text(row) ?? "", out var date);
            dates[row] = isDate ? Days.Of(date) : double.NaN;
            if (!isDate && !column.IsMissing(row))
                unreadable ??= row;
        }
        return dates;
    }

    /// <summary>Returns the sentence about a value that is not what a column must hold.</summary>
    public static InvalidDataException Unlike(ColumnValues column, int row, string expected) => new(
        $"The column '{column.Name}' has {TextValues.Quote(column.Text(row) ?? "")} in row {row} (from 0); expected {expected}.");

    private static double[] Read(ColumnValues column, string expected, Func<string, double?> read)
    {
        var values = new double[column.Count];
        for (int row = 0; row < values.Length; row++)
            values[row] = column.Text(row) is not { } text ? double.NaN : read(text) ?? throw Unlike(column, row, expected);
        return values;
    }

    // A file says nothing of a column that is missing in every row.
    private static void RefuseUnless(ColumnValues column, bool isRight, string expected)
    {
        if (!isRight && column.MissingCount < column.Count)
            throw new InvalidDataException($"The column '{column.Name}' is {column.Kind.Describe()}; expected {expected}.");
    }
}
