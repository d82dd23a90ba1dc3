using System.Globalization;

namespace Bayes.Layers.Tabular;

/// <summary>What text says in the invariant culture, and how values become text.</summary>
internal static class TextValues
{
    private const int LongestShown = 40;

    // No thousands separator: "1,234" more likely has a decimal comma.
    private const NumberStyles PlainNumber =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent | NumberStyles.AllowLeadingWhite
        | NumberStyles.AllowTrailingWhite;

    private static readonly string[] DateFormats =
    [
        "yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss",
        "yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-ddTHH:mmK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ssK",
        "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy/MM/dd",
    ];

    private static readonly HashSet<string> Trues = new(["true", "yes", "t", "y"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> Falses = new(["false", "no", "f", "n"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> Absent = new(["", "?", "NA", "N/A", "NaN", "null"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Determines whether a text in a file stands for a missing value: empty, ?, NA, N/A, NaN or null.</summary>
    public static bool IsMissing(string text) => Absent.Contains(text);

    /// <summary>Reads a number, infinite ones too.</summary>
    public static bool TryNumber(string text, out double value)
    {
        if (double.TryParse(text, PlainNumber, CultureInfo.InvariantCulture, out value))
            return !double.IsNaN(value);
        value = text.Trim().ToUpperInvariant() switch
        {
            "INF" or "+INF" or "INFINITY" or "+INFINITY" or "∞" => double.PositiveInfinity,
            "-INF" or "-INFINITY" or "-∞" => double.NegativeInfinity,
            _ => double.NaN,
        };
        return !double.IsNaN(value);
    }

    /// <summary>Determines whether digits begin with a zero that a number would not keep: 01234 is a code.</summary>
    public static bool IsCode(string text) => text.Length > 1 && text[0] == '0' && text.All(char.IsAsciiDigit);

    /// <summary>Reads an ISO date, with or without a time of day.</summary>
    public static bool TryDate(string text, out DateTime value) => DateTime.TryParseExact(
        text.Trim(), DateFormats, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out value);

    /// <summary>Reads true, yes, t, y, or false, no, f, n.</summary>
    public static bool TryBoolean(string text, out bool value)
    {
        string trimmed = text.Trim();
        value = Trues.Contains(trimmed);
        return value || Falses.Contains(trimmed);
    }

    /// <summary>Returns a number as text from which the same number is read.</summary>
    public static string Of(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Returns a number as people read it.</summary>
    public static string Short(double number) => number.ToString("G6", CultureInfo.InvariantCulture);

    /// <summary>Returns a share as a percentage.</summary>
    public static string Percent(double share) => $"{Short(Math.Round(100 * share, 1))} %";

    /// <summary>Returns a text in quotes, shortened if it is long, with question marks for control characters.</summary>
    public static string Quote(string text)
    {
        string shown = text.Length > LongestShown ? text[..LongestShown] + "…" : text;
        return $"\"{string.Concat(shown.Select(character => char.IsControl(character) ? '?' : character))}\"";
    }

    /// <summary>Returns some names for a message, the first five of many.</summary>
    public static string List(IReadOnlyCollection<string> names)
    {
        string shown = string.Join(", ", names.Take(5).Select(name => $"'{name}'"));
        return names.Count > 5 ? $"{shown} and {names.Count - 5} more" : shown;
    }

    /// <summary>Returns a count with its noun.</summary>
    public static string Count(long count, string noun, string? plural = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? noun : plural ?? noun + "s")}");
}
