using System.Globalization;

namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>A number for each of consecutive days.</summary>
/// <param name="First">The first day.</param>
/// <param name="Values">The number of each day, from the first on.</param>
internal sealed record DailySeries(DateOnly First, double[] Values)
{
    private const string DateColumn = "date";
    private const string ValueColumn = "value";
    private const string DateFormat = "yyyy-MM-dd";

    /// <summary>Number of days.</summary>
    public int Days => Values.Length;

    /// <summary>Reads a CSV file with the columns date, such as 2026-11-30, and value; a row for each day, in order.</summary>
    /// <exception cref="DataFileException">The file cannot be used.</exception>
    public static DailySeries Read(string path)
    {
        var table = TextTable.Read(path, findsSeparator: true);
        int dates = ColumnLookup.IndexOf(path, table.ColumnNames, DateColumn), numbers = ColumnLookup.IndexOf(path, table.ColumnNames, ValueColumn);
        var values = new double[table.Rows.Count];
        DateOnly first = default;
        for (int row = 0; row < values.Length; row++)
        {
            string text = table.Rows[row][dates];
            if (!DateOnly.TryParseExact(text, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
                throw new DataFileException(
                    path, $"has {MessageText.Quote(text)} on line {NumericTable.LineOf(row)} in column \"{DateColumn}\", where a day such as "
                    + "2026-11-30 was expected");
            if (row == 0)
                first = date;
            if (date != first.AddDays(row))
                throw new DataFileException(
                    path, string.Create(CultureInfo.InvariantCulture, $"has the day {date:yyyy-MM-dd} on line {NumericTable.LineOf(row)}, where ")
                    + string.Create(CultureInfo.InvariantCulture, $"{first.AddDays(row):yyyy-MM-dd} was expected, the day after the one before"));
            values[row] = NumericTableReader.NumberIn(path, table.Rows[row][numbers], row, ValueColumn);
        }
        return new DailySeries(first, values);
    }

    /// <summary>Returns a day.</summary>
    /// <param name="index">Its zero-based index.</param>
    public DateOnly DayAt(int index) => First.AddDays(index);
}
