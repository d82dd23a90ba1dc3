namespace Bayes.Layers.Tabular;

/// <summary>Reads columns that are no features, every row of which must have a number.</summary>
internal static class TableNumbers
{
    /// <summary>Returns a column of numbers.</summary>
    /// <param name="table">The table.</param>
    /// <param name="name">The name of the column.</param>
    /// <param name="role">What the column is, such as "the target"; for messages.</param>
    /// <param name="rule">Which numbers it may have.</param>
    /// <exception cref="InvalidDataException">The column does not exist, or a value is missing or breaks the rule.</exception>
    public static double[] Read(Table table, string name, string role, NumberRule rule)
    {
        if (!table.Has(name))
            throw new InvalidDataException($"The table has no column '{name}', {role}; expected one of {TextValues.List(table.ColumnNames)}.");
        var column = table.Column(name);
        RefuseMissing(column, role);
        if (column.Kind == ColumnKind.Boolean)
            throw new InvalidDataException($"The column '{name}', {role}, is true and false; expected numbers.");
        double[] values = column.AsNumbers();
        int wrong = Array.FindIndex(values, value => !rule.Holds(value));
        return wrong < 0 ? values : throw new InvalidDataException(
            $"The column '{name}', {role}, has {TextValues.Short(values[wrong])} in row {wrong} (from 0); expected {rule.Expected}.");
    }

    /// <summary>Returns weights of rows.</summary>
    /// <exception cref="InvalidDataException">A weight is missing, negative or infinite, or all are zero.</exception>
    public static double[] ReadWeights(Table table, string name)
    {
        double[] weights = Read(table, name, "the weight of rows", NumberRule.NotNegative);
        return weights.Length == 0 || weights.Any(weight => weight > 0) ? weights
            : throw new InvalidDataException($"The column '{name}', the weight of rows, is 0 in every row; expected some above 0.");
    }

    /// <summary>Refuses a column of which a value is missing.</summary>
    /// <exception cref="InvalidDataException">A value is missing.</exception>
    public static void RefuseMissing(ColumnValues column, string role)
    {
        if (column.MissingCount == 0)
            return;
        int first = Enumerable.Range(0, column.Count).First(column.IsMissing);
        throw new InvalidDataException(
            $"The column '{column.Name}', {role}, is missing in {column.MissingCount} of {TextValues.Count(column.Count, "row")}, first in row "
            + $"{first} (from 0); expected a value in each, as after {nameof(Table)}.{nameof(Table.WithoutMissing)}(\"{column.Name}\").");
    }
}
