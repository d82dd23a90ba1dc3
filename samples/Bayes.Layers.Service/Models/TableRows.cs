using System.Collections;
using Bayes.Layers.Tabular;

namespace Bayes.Layers.Service.Models;

/// <summary>Turns rows into a table, and the columns of a table's model into those of a row.</summary>
internal static class TableRows
{
    /// <summary>Returns the columns of a model.</summary>
    /// <param name="summary">Its summary.</param>
    /// <param name="noise">The columns that say how much noise a row has, or its exposure.</param>
    public static IReadOnlyList<ModelColumn> ColumnsOf(TabularSummary summary, params IReadOnlyList<string> noise) =>
    [
        .. summary.Columns.Select(column => new ModelColumn(column.Column, KindOf(column.Kind), MayBeMissing: true, column.Features > 0)),
        .. noise.Select(name => new ModelColumn(name, ValueKind.Number, MayBeMissing: false, IsRequired: true)),
    ];

    /// <summary>Returns rows as a table. The types come from the columns, so that they are the same for all rows.</summary>
    public static Table Of(IReadOnlyList<object?[]> rows, IReadOnlyList<ModelColumn> columns)
    {
        var values = new (string, IEnumerable)[columns.Count];
        for (int index = 0; index < values.Length; index++)
            values[index] = (columns[index].Name, ColumnOf(rows, index, columns[index].Kind));
        return new Table(values);
    }

    private static IEnumerable ColumnOf(IReadOnlyList<object?[]> rows, int index, ValueKind kind)
    {
        switch (kind)
        {
            case ValueKind.Number:
                double[] numbers = new double[rows.Count];
                for (int row = 0; row < numbers.Length; row++)
                    numbers[row] = rows[row][index] is double number ? number : double.NaN;
                return numbers;
            case ValueKind.Text:
                return rows.Select(row => (string?)row[index]).ToArray();
            case ValueKind.Truth:
                return rows.Select(row => (bool?)row[index]).ToArray();
            default:
                return rows.Select(row => (DateTime?)row[index]).ToArray();
        }
    }

    private static ValueKind KindOf(ColumnKind kind) => kind switch
    {
        ColumnKind.Number => ValueKind.Number,
        ColumnKind.Category => ValueKind.Text,
        ColumnKind.Boolean => ValueKind.Truth,
        _ => ValueKind.Date,
    };
}
