using Microsoft.ML;

namespace Bayes.Layers.ML;

/// <summary>Checks what a reader of rows asks for.</summary>
internal static class Getters
{
    /// <summary>Refuses a column that was not asked for when the row was made.</summary>
    /// <exception cref="InvalidOperationException">The column is not active.</exception>
    public static void RequireActive(DataViewRow row, DataViewSchema.Column column)
    {
        if (!row.IsColumnActive(column))
            throw new InvalidOperationException($"The column '{column.Name}' is not active; expected one that was asked for with the cursor.");
    }

    /// <summary>Returns a getter of a column of the prediction.</summary>
    /// <exception cref="InvalidOperationException">The column is of another type.</exception>
    public static ValueGetter<TValue> Of<TValue>(OutputColumn column, Func<(float[] Numbers, int Row)> current) =>
        column.Getter(current) as ValueGetter<TValue>
        ?? throw new InvalidOperationException($"The column '{column.Name}' is of type {column.Type}; expected a getter of {column.Type.RawType}.");
}
