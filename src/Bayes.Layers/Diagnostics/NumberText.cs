using System.Globalization;

namespace Bayes.Layers.Diagnostics;

/// <summary>Formats numbers for people: with three or four significant digits, in the invariant culture.</summary>
internal static class NumberText
{
    public static string Of(double value)
    {
        double magnitude = Math.Abs(value);
        string format = magnitude switch
        {
            0 => "0",
            >= 999_999.5 or < 0.0000995 => "0.00E+0",
            >= 999.5 => "0",
            >= 99.95 => "0.0",
            >= 9.995 => "0.00",
            >= 0.01 => "0.000",
            _ => "0.000000",
        };
        return Format(value, format);
    }

    public static string Decibels(double value) => Format(value, "0.0");

    public static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Formats a share in whole per cent. Writes "&lt;1" and "&gt;99" for shares that would round to 0 and 100.</summary>
    public static string PerCent(long part, long whole)
    {
        if (whole == 0)
            return "-";
        double share = 100.0 * part / whole;
        if (part > 0 && share < 0.5)
            return "<1";
        return part < whole && share >= 99.5 ? ">99" : Format(share, "0");
    }

    private static string Format(double value, string format)
    {
        if (double.IsNaN(value))
            return "NaN";
        return double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : value > 0 ? "inf" : "-inf";
    }
}
