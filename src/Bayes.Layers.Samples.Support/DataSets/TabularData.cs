namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>A data file with numbers as features, and numbers or classes as targets.</summary>
/// <param name="FeatureNames">Names of the features: the column, or column=value for a feature of a text column.</param>
/// <param name="Features"><c>[rows, features]</c>.</param>
/// <param name="Targets">The target, or the number of its class.</param>
/// <param name="Classes">Names of the classes, in order; empty for regression.</param>
/// <param name="Notes">What was left out or changed, a sentence each.</param>
internal sealed record TabularData(
    IReadOnlyList<string> FeatureNames, double[,] Features, double[] Targets, IReadOnlyList<string> Classes, IReadOnlyList<string> Notes)
{
    // A text column with more values contains names or identifiers, which say nothing about other rows.
    private const int MostValuesOfText = 20;

    private static readonly HashSet<string> Missing = new(StringComparer.OrdinalIgnoreCase) { "", "?", "na", "n/a", "nan", "null", "none", "." };

    /// <summary>Number of rows.</summary>
    public int Rows => Targets.Length;

    /// <summary>Reads a file.</summary>
    /// <exception cref="DataFileException">The file cannot be used; the message says what was found and what was expected.</exception>
    public static TabularData Read(string path, string target, string task)
    {
        var table = TextTable.Read(path, findsSeparator: true);
        int targetColumn = ColumnLookup.IndexOf(path, table.ColumnNames, target);
        var notes = new List<string>();

        int[] rows = [.. Enumerable.Range(0, table.Rows.Count).Where(row => !table.Rows[row].Any(Missing.Contains))];
        int missing = table.Rows.Count - rows.Length;
        if (rows.Length == 0)
            throw new DataFileException(path, $"has a missing value in each of its {missing} rows, where complete rows were expected");
        if (missing > 0)
            notes.Add($"{missing} of {table.Rows.Count} rows have a missing value and are left out.");

        var names = new List<string>();
        var columns = new List<double[]>();
        foreach (int column in Enumerable.Range(0, table.ColumnNames.Length).Where(column => column != targetColumn))
            foreach (var (name, values) in FeaturesOf(table, rows, column, notes))
            {
                names.Add(name);
                columns.Add(values);
            }
        if (columns.Count == 0)
            throw new DataFileException(path, "has no column beside the target that differs between rows, where at least one was expected");

        var features = new double[rows.Length, columns.Count];
        for (int column = 0; column < columns.Count; column++)
            for (int row = 0; row < rows.Length; row++)
                features[row, column] = columns[column][row];
        var (targets, classes) = task == TabularTask.Regression
            ? (Numbers(table, rows, targetColumn), Array.Empty<string>())
            : ClassesOf(table, rows, targetColumn, task);
        if (task == TabularTask.Regression && targets.All(value => value == targets[0]))
            throw new DataFileException(
                path, $"has the same target {table.Rows[rows[0]][targetColumn]} in every row, where different numbers were expected");
        return new TabularData(names, features, targets, classes, notes);
    }

    private static IEnumerable<(string Name, double[] Values)> FeaturesOf(TextTable table, int[] rows, int column, List<string> notes)
    {
        string name = table.ColumnNames[column];
        string[] texts = [.. rows.Select(row => table.Rows[row][column])];
        string[] different = [.. texts.Distinct().Order(StringComparer.Ordinal)];
        if (different.Length == 1)
        {
            notes.Add($"The column {MessageText.Quote(name)} has the same value in every row and is left out.");
            return [];
        }
        // A word among numbers is an error in the file. A column of mostly words is text.
        if (2 * texts.Count(text => NumericTableReader.TryGetNumber(text, out _)) >= texts.Length)
            return [(name, Numbers(table, rows, column))];
        if (different.Length > MostValuesOfText)
            throw new DataFileException(
                table.Path,
                $"has text with {different.Length} different values in column {MessageText.Quote(name)}, "
                + $"where numbers or at most {MostValuesOfText} different values were expected");
        notes.Add($"The column {MessageText.Quote(name)} is text: a feature for each of its {different.Length} values.");
        return different.Select(value => ($"{name}={value}", Array.ConvertAll(texts, text => text == value ? 1.0 : 0)));
    }

    private static double[] Numbers(TextTable table, int[] rows, int column) =>
        [.. rows.Select(row => NumericTableReader.NumberIn(table.Path, table.Rows[row][column], row, table.ColumnNames[column]))];

    private static (double[] Targets, string[] Classes) ClassesOf(TextTable table, int[] rows, int column, string task)
    {
        string[] labels = [.. rows.Select(row => table.Rows[row][column])];
        string[] classes = [.. labels.Distinct().Order(StringComparer.Ordinal)];
        if (classes.All(label => NumericTableReader.TryGetNumber(label, out _)))
            classes = [.. classes.OrderBy(label => NumericTableReader.TryGetNumber(label, out double value) ? value : 0)];
        if (classes.Length == 1)
            throw new DataFileException(
                table.Path, $"has the one class {MessageText.Quote(classes[0])} in every row, where at least two were expected");
        if (task == TabularTask.Binary && classes.Length > 2)
            throw new DataFileException(
                table.Path,
                $"has {classes.Length} classes in column {MessageText.Quote(table.ColumnNames[column])}, where two were expected; "
                + "--task multiclass takes more");
        if (classes.Length > rows.Length / 2)
            throw new DataFileException(
                table.Path,
                $"has {classes.Length} classes in {rows.Length} rows, where several rows of a class were expected; --task regression takes numbers");
        var numbers = classes.Select((label, number) => (label, number)).ToDictionary(each => each.label, each => (double)each.number);
        return ([.. labels.Select(label => numbers[label])], classes);
    }
}
