using System.Globalization;
using Bayes.Layers.Service.Models;

namespace Bayes.Layers.Service.Rows;

/// <summary>Turns the text of a value into what its column holds.</summary>
internal static class ColumnValue
{
    /// <summary>Returns a number.</summary>
    /// <param name="column">Its column.</param>
    /// <param name="text">The number as text.</param>
    /// <param name="error">The sentence that says what is wrong; null if nothing is.</param>
    public static object? Number(ModelColumn column, string text, out string? error)
    {
        const NumberStyles Styles = NumberStyles.Float;
        if (!double.TryParse(text, Styles, CultureInfo.InvariantCulture, out double number))
            return Refuse($"The column '{column.Name}' is {Quoted.Text(text)}; expected a number.", out error);
        return Number(column, number, text, out error);
    }

    /// <summary>Returns a number, which must be finite also in single precision, in which networks compute.</summary>
    public static object? Number(ModelColumn column, double number, string text, out string? error)
    {
        if (!float.IsFinite((float)number))
            return Refuse($"The column '{column.Name}' is {Quoted.Short(text)}; expected a finite number of at most 3.4e38.", out error);
        error = null;
        return number;
    }

    /// <summary>Returns a date.</summary>
    public static object? Date(ModelColumn column, string text, out string? error)
    {
        const DateTimeStyles Styles = DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces;
        if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, Styles, out var date))
            return Refuse($"The column '{column.Name}' is {Quoted.Text(text)}; expected a date such as 2026-01-31 or 2026-01-31T08:30.", out error);
        error = null;
        return date;
    }

    /// <summary>Returns a missing value.</summary>
    public static object? Missing(ModelColumn column, out string? error)
    {
        error = column.MayBeMissing ? null : $"The column '{column.Name}' is missing; expected {Describe(column.Kind)}.";
        return null;
    }

    /// <summary>Refuses a value.</summary>
    public static object? Refuse(string message, out string? error)
    {
        error = message;
        return null;
    }

    /// <summary>Returns what a column holds, for messages.</summary>
    public static string Describe(ValueKind kind) => kind switch
    {
        ValueKind.Number => "a finite number",
        ValueKind.Text => "text",
        ValueKind.Truth => "true or false",
        _ => "a date",
    };
}
