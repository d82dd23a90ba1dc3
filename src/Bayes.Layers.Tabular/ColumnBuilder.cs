using System.Collections;

namespace Bayes.Layers.Tabular;

/// <summary>Makes a column of values of any type that a source has.</summary>
internal static class ColumnBuilder
{
    /// <summary>Returns a column of a sequence of values.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="values">Numbers of any type, texts, truth values or dates; null if missing.</param>
    /// <param name="type">The type of the values; null to take that of the first that is not null.</param>
    /// <exception cref="ArgumentException">The values are of another type, or of several.</exception>
    public static ColumnValues Of(string name, IEnumerable values, Type? type = null)
    {
        if (values is double[] numbers)
            return ColumnValues.OfNumbers(name, [.. numbers]);
        object?[] items = [.. values.Cast<object?>()];
        type ??= items.FirstOrDefault(item => item is not null and not DBNull)?.GetType() ?? ElementType(values);
        var kind = KindOf(type) ?? throw new ArgumentException(
            $"The column '{name}' is of {Nullable.GetUnderlyingType(type)?.Name ?? type.Name}; expected numbers, text, true and false, or dates.",
            nameof(values));
        if (kind == ColumnKind.Category)
            return ColumnValues.OfTexts(name, [.. items.Select((item, row) => Text(name, item, row))]);
        var read = new double[items.Length];
        for (int row = 0; row < read.Length; row++)
            read[row] = Number(name, items[row], kind, row);
        return ColumnValues.OfNumbers(name, read, kind);
    }

    /// <summary>Returns what values of a type are; null if a table cannot hold them.</summary>
    public static ColumnKind? KindOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string) || type == typeof(ReadOnlyMemory<char>) || type == typeof(char) || type == typeof(Guid))
            return ColumnKind.Category;
        if (type == typeof(DateTime) || type == typeof(DateTimeOffset) || type == typeof(DateOnly))
            return ColumnKind.Date;
        if (type == typeof(Half))
            return ColumnKind.Number;
        return type.IsEnum ? null : Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => ColumnKind.Boolean,
            >= TypeCode.SByte and <= TypeCode.Decimal => ColumnKind.Number,
            _ => null,
        };
    }

    private static string? Text(string name, object? item, int row) => item switch
    {
        null or DBNull => null,
        string text => text.Trim() is { Length: > 0 } trimmed ? trimmed : null,
        ReadOnlyMemory<char> text => Text(name, text.ToString(), row),
        char or Guid => item.ToString(),
        _ => throw Unlike(name, item, ColumnKind.Category, row),
    };

    private static double Number(string name, object? item, ColumnKind kind, int row) => (kind, item) switch
    {
        (_, null or DBNull) => double.NaN,
        (ColumnKind.Boolean, bool value) => value ? 1 : 0,
        (ColumnKind.Date, DateTime value) => Days.Of(value),
        (ColumnKind.Date, DateTimeOffset value) => Days.Of(value.UtcDateTime),
        (ColumnKind.Date, DateOnly value) => Days.Of(value.ToDateTime(default)),
        (ColumnKind.Number, double value) => value,
        (ColumnKind.Number, float value) => value,
        (ColumnKind.Number, Half value) => (double)value,
        (ColumnKind.Number, decimal value) => (double)value,
        (ColumnKind.Number, long value) => value,
        (ColumnKind.Number, ulong value) => value,
        (ColumnKind.Number, int value) => value,
        (ColumnKind.Number, uint value) => value,
        (ColumnKind.Number, short value) => value,
        (ColumnKind.Number, ushort value) => value,
        (ColumnKind.Number, sbyte value) => value,
        (ColumnKind.Number, byte value) => value,
        (_, not null) => throw Unlike(name, item, kind, row),
    };

    private static ArgumentException Unlike(string name, object item, ColumnKind kind, int row) => new(
        $"The column '{name}' has a {item.GetType().Name} in row {row} (from 0); expected {kind.Describe()}, as in the rows before.");

    // Of an empty or wholly missing sequence.
    private static Type ElementType(IEnumerable values)
    {
        var declared = values.GetType().GetInterfaces().FirstOrDefault(
            type => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0];
        return declared is null || declared == typeof(object) ? typeof(double) : declared;
    }
}
