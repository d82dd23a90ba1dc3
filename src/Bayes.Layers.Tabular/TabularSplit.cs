namespace Bayes.Layers.Tabular;

/// <summary>
/// Says how rows are held out, for validation, for calibration and for tests, so that a model meets there what it will meet in use. Immutable; a
/// function of the table, the share and the seed alone.
/// </summary>
public abstract class TabularSplit
{
    private protected TabularSplit()
    {
    }

    /// <summary>Gets the split that holds out rows at random.</summary>
    public static TabularSplit Random { get; } = new RandomSplit();

    /// <summary>Returns the split that holds out whole groups at random, such as all rows of a patient. Rows whose group is missing are one each.
    /// </summary>
    /// <param name="column">The name of the column whose values are the groups.</param>
    public static TabularSplit GroupedBy(string column) => new GroupedSplit(column);

    /// <summary>
    /// Returns the split that holds out the last rows by time. Every held-out row is later than every training row.
    /// </summary>
    /// <param name="column">The name of the column of dates or numbers that orders the rows.</param>
    public static TabularSplit OrderedBy(string column) => new OrderedSplit(column);

    /// <summary>Returns the split that holds out the same share of each class at random, at least one row of each class with two or more.</summary>
    /// <param name="column">The name of the column whose values are the classes.</param>
    public static TabularSplit StratifiedBy(string column) => new StratifiedSplit(column);

    /// <summary>Splits the rows of a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="heldOutShare">The share of rows to hold out, above 0 and below 1; met as closely as the groups, times or classes allow.</param>
    /// <param name="seed">Decides which rows; the same seed gives the same rows in every process.</param>
    /// <returns>Two parts, neither empty, which have every row once.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The share is not between 0 and 1.</exception>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    /// <exception cref="InvalidDataException">The rows cannot be split in two, such as one row, one group or one time.</exception>
    public SplitRows Apply(Table table, double heldOutShare, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (!(heldOutShare > 0 && heldOutShare < 1))
            throw new ArgumentOutOfRangeException(nameof(heldOutShare), heldOutShare, $"The share is {heldOutShare}; expected one between 0 and 1.");
        if (table.RowCount < 2)
            throw new InvalidDataException($"The table has {TextValues.Count(table.RowCount, "row")} to split; expected at least 2.");
        int count = Math.Clamp((int)Math.Round(heldOutShare * table.RowCount), 1, table.RowCount - 1);
        bool[] isHeldOut = HoldOut(table, heldOutShare, count, new Random(seed));
        int[] rows = [.. Enumerable.Range(0, table.RowCount)];
        return new SplitRows([.. rows.Where(row => !isHeldOut[row])], [.. rows.Where(row => isHeldOut[row])]);
    }

    /// <summary>Gets the column that names groups, which says nothing of other groups and so is no feature; null by default.</summary>
    internal virtual string? GroupColumn => null;

    /// <summary>Returns for each row whether it is held out.</summary>
    private protected abstract bool[] HoldOut(Table table, double share, int count, Random random);

    private protected static bool[] Mark(int rowCount, IEnumerable<int> rows)
    {
        bool[] marks = new bool[rowCount];
        foreach (int row in rows)
            marks[row] = true;
        return marks;
    }

    private protected static int[] Shuffled(int count, Random random)
    {
        int[] rows = [.. Enumerable.Range(0, count)];
        random.Shuffle(rows);
        return rows;
    }
}
