using System.Globalization;

namespace Bayes.Layers.Reports.Predictions;

/// <summary>Numbers as text, in the invariant culture, with a minus sign of their own.</summary>
internal static class NumberText
{
    /// <summary>Text for a number that is not defined.</summary>
    public const string Undefined = "not defined";

    /// <summary>Returns a share or another number near 1 with three decimals.</summary>
    public static string Share(double? value) => Format(value, "F3");

    /// <summary>Returns a share in percent with one decimal.</summary>
    public static string Percent(double? share) => share is null ? Undefined : Format(100 * share, "F1") + "\u00A0%";

    /// <summary>Returns a measured number of any size with four digits.</summary>
    public static string Quantity(double? value) => value is { } number ? Math.Abs(number) switch
    {
        >= 1000 and < 1e9 => Format(number, "N0"),
        >= 1e-3 and < 1000 => Format(number, FormattableString.Invariant($"F{3 - (int)Math.Floor(Math.Log10(Math.Abs(number)))}")),
        _ => Format(number, "G4"),
    } : Undefined;

    /// <summary>Returns a number that was set, without digits that say nothing.</summary>
    public static string Setting(double? value) => Format(value, "G4");

    /// <summary>Returns a whole number with separators.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Format(double? value, string format) => value is not { } number || double.IsNaN(number)
        ? Undefined
        : number.ToString(format, CultureInfo.InvariantCulture).Replace('-', '\u2212').Replace("Infinity", "∞", StringComparison.Ordinal);
}
