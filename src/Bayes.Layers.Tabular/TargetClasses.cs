using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>The target of classification: the names of the classes, in order. Numbers are ordered as such, text by its characters.</summary>
internal sealed class TargetClasses
{
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);

    private TargetClasses(string column, IReadOnlyList<string> names)
    {
        (Column, Names) = (column, names);
        foreach (var (index, name) in names.Index())
            _indices[name] = index;
    }

    /// <summary>Gets the name of the column.</summary>
    public string Column { get; }

    /// <summary>Gets the names of the classes; the index of a name is that of the class.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Learns training rows.</summary>
    /// <exception cref="InvalidDataException">A value is missing, there are fewer than two classes, or more than half as many as rows.</exception>
    public static TargetClasses Learn(Table training, string column)
    {
        var values = Values(training, column);
        string[] names = [.. Enumerable.Range(0, values.Count).Select(row => values.Text(row)!).Distinct(StringComparer.Ordinal)];
        if (names.Length == 1)
            throw new InvalidDataException(
                $"The column '{column}', {TargetScale.Role}, is {TextValues.Quote(names[0])} in every row; expected at least two classes.");
        if (2 * names.Length > values.Count)
            throw new InvalidDataException(
                $"The column '{column}', {TargetScale.Role}, has {names.Length} classes in {TextValues.Count(values.Count, "row")}; expected at "
                + "least two rows for each class, or regression.");
        bool areNumbers = names.All(name => TextValues.TryNumber(name, out _));
        return new TargetClasses(column, [.. names.OrderBy(name => areNumbers && TextValues.TryNumber(name, out double number) ? number : 0)
            .ThenBy(name => name, StringComparer.Ordinal)]);
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static TargetClasses FromJson(JsonNode json)
    {
        string[] names = json.Texts("classes");
        return names.Distinct(StringComparer.Ordinal).Count() == names.Length && names.Length > 1 ? new TargetClasses(json.Text("column"), names)
            : throw new InvalidDataException($"The description of the target has {names.Length} classes; expected at least two, each once.");
    }

    /// <summary>Returns the index of the class of each row.</summary>
    /// <exception cref="InvalidDataException">There is no such column, or a value is missing or is a class that no training row has.</exception>
    public int[] Read(Table rows)
    {
        var values = Values(rows, Column);
        int[] indices = new int[values.Count];
        for (int row = 0; row < indices.Length; row++)
            indices[row] = _indices.TryGetValue(values.Text(row)!, out int index) ? index : throw new InvalidDataException(
                $"The column '{Column}', {TargetScale.Role}, has the class {TextValues.Quote(values.Text(row)!)} in row {row} (from 0), which no "
                + $"training row has; expected one of {TextValues.List(Names)}.");
        return indices;
    }

    /// <summary>Writes the classes.</summary>
    public JsonObject ToJson() => new() { ["column"] = Column, ["classes"] = Names.ToJson() };

    private static ColumnValues Values(Table table, string name)
    {
        if (!table.Has(name))
            throw new InvalidDataException(
                $"The table has no column '{name}', {TargetScale.Role}; expected one of {TextValues.List(table.ColumnNames)}.");
        var column = table.Column(name);
        TableNumbers.RefuseMissing(column, TargetScale.Role);
        return column;
    }
}
