namespace Bayes.Layers.Tabular;

/// <summary>Finds which columns of a table are features, and which rows can be trained on.</summary>
internal static class TableColumnsChoice
{
    /// <summary>Returns a description of each column of features.</summary>
    /// <param name="table">The table.</param>
    /// <param name="features">The names of the columns of features; null for all that are not set apart.</param>
    /// <param name="descriptions">What is said of columns; null or some are inferred.</param>
    /// <param name="apart">The columns that are no features and what they are, such as ("price", "the target").</param>
    /// <exception cref="ArgumentException">A column does not exist, is named twice, is set apart as well, or none is left.</exception>
    public static IReadOnlyList<TabularColumn> Of(
        Table table, IReadOnlyList<string>? features, IReadOnlyList<TabularColumn>? descriptions,
        params IReadOnlyList<(string Name, string Role)> apart)
    {
        foreach (var (name, role) in apart)
            if (!table.Has(name))
                throw new ArgumentException($"The table has no column '{name}', {role}; expected one of {TextValues.List(table.ColumnNames)}.");
        var roles = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, role) in apart)
            if (!roles.TryAdd(name, role))
                throw new ArgumentException($"The column '{name}' is {roles[name]} and {role}; expected another column for each.");
        string[] names = features is null ? [.. table.ColumnNames.Where(name => !roles.ContainsKey(name))] : [.. features];
        if (names.Length == 0)
            throw new ArgumentException("No column is left to predict from; expected at least one beside the target.");
        if (Twice(names) is { } twice)
            throw new ArgumentException($"The column '{twice}' is named twice among the features; expected each once.");
        foreach (string name in names)
            if (roles.GetValueOrDefault(name) is { } role)
                throw new ArgumentException($"The column '{name}' is {role} and among the features; expected other columns as features.");
            else
                _ = table.Column(name);
        return Describe(names, descriptions ?? [], roles);
    }

    /// <summary>Returns the rows that can be trained on: those in which no column whose rows are left out is missing.</summary>
    /// <exception cref="InvalidDataException">No row is left.</exception>
    public static int[] RowsToKeep(Table table, IReadOnlyList<TabularColumn> columns)
    {
        ColumnValues[] needed = [.. columns.Where(column => column.Missing == WhenMissing.LeaveOut).Select(column => table.Column(column.Name))];
        int[] rows = [.. Enumerable.Range(0, table.RowCount).Where(row => !needed.Any(column => column.IsMissing(row)))];
        return rows.Length > 0 || table.RowCount == 0 ? rows : throw new InvalidDataException(
            $"Every row is left out, because {TextValues.List([.. needed.Where(column => column.MissingCount > 0).Select(column => column.Name)])} "
            + "is missing; expected at least two complete rows.");
    }

    private static TabularColumn[] Describe(string[] names, IReadOnlyList<TabularColumn> descriptions, Dictionary<string, string> roles)
    {
        var byName = new Dictionary<string, TabularColumn>(StringComparer.Ordinal);
        foreach (var description in descriptions)
        {
            ArgumentNullException.ThrowIfNull(description, nameof(descriptions));
            if (!names.Contains(description.Name))
                throw new ArgumentException(roles.GetValueOrDefault(description.Name) is { } role
                    ? $"The column '{description.Name}' is {role}; expected descriptions of features alone."
                    : $"The column '{description.Name}' is described but is no feature; expected one of {TextValues.List(names)}.");
            if (!byName.TryAdd(description.Name, description))
                throw new ArgumentException($"The column '{description.Name}' is described twice; expected once.");
        }
        return [.. names.Select(name => byName.GetValueOrDefault(name) ?? new TabularColumn(name))];
    }

    private static string? Twice(IEnumerable<string> names) =>
        names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.Key;
}
