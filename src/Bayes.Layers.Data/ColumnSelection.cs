namespace Bayes.Layers.Data;

/// <summary>The columns of a table that a description names, checked.</summary>
internal sealed class ColumnSelection
{
    private const int MostNamed = 20;

    private readonly string[] _slots;

    /// <exception cref="ArgumentException">A name is not a column of the table, names several, or its values are not numbers.</exception>
    public ColumnSelection(string table, TableColumns columns, IReadOnlyList<TableColumn> found, bool withTargets)
    {
        (Table, Columns) = (table, columns);
        string[] names = [.. withTargets ? columns.All : columns.Features];
        Indices = [.. names.Select(name => Find(name, found))];
        var selected = Indices.Select(index => found[index]).ToArray();
        foreach (var column in selected)
            RequireNumbers(column);
        var (features, targets) = (selected[..columns.Features.Count], selected[columns.Features.Count..]);
        if (features.FirstOrDefault(column => column.IsKey) is { } key)
            throw new ArgumentException(
                $"The column '{key.Name}' of {table} is a {key.Type}, the number of a category; expected numbers, such as one column for each "
                + "category (one-hot).");
        if (columns.TargetKind.IsIndex && targets.Sum(column => column.Width) > 1)
            throw new ArgumentException($"There are {targets.Sum(column => column.Width)} targets that are indices of classes; expected one.");
        Widths = [.. selected.Select(column => column.Width)];
        FeatureCount = features.Sum(column => column.Width);
        _slots = [.. selected.SelectMany(column => Enumerable.Range(0, column.Width)
            .Select(slot => column.Width == 1 ? column.Name : $"{column.Name}[{slot}]"))];
    }

    /// <summary>Gets what messages call the table.</summary>
    public string Table { get; }

    /// <summary>Gets the description.</summary>
    public TableColumns Columns { get; }

    /// <summary>Gets the zero-based indices of the columns in the table.</summary>
    public IReadOnlyList<int> Indices { get; }

    /// <summary>Gets the number of values of each column in a row.</summary>
    public IReadOnlyList<int> Widths { get; }

    /// <summary>Gets the number of values in a row that are features; targets follow.</summary>
    public int FeatureCount { get; }

    /// <summary>Gets the number of values in a row.</summary>
    public int Width => _slots.Length;

    /// <summary>Returns the name of a value in a row.</summary>
    public string NameOf(int slot) => _slots[slot];

    private int Find(string name, IReadOnlyList<TableColumn> found)
    {
        int[] places = [.. Enumerable.Range(0, found.Count).Where(index => found[index].Name == name)];
        return places.Length switch
        {
            1 => places[0],
            0 => throw new ArgumentException($"There is no column '{name}' in {Table}; it has {Names(found)}."),
            _ => throw new ArgumentException($"There are {places.Length} columns '{name}' in {Table}; expected one."),
        };
    }

    private void RequireNumbers(TableColumn column)
    {
        if (column.Fault is { } fault)
            throw new ArgumentException(
                $"The column '{column.Name}' of {Table} is of type {column.Type}, {fault}; expected numbers or true and false.");
    }

    private static string Names(IReadOnlyList<TableColumn> found) => found.Count == 0 ? "no columns"
        : string.Join(", ", found.Take(MostNamed).Select(column => $"'{column.Name}'"))
            + (found.Count > MostNamed ? $" and {found.Count - MostNamed} more" : "");
}
