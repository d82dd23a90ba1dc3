using System.Globalization;

namespace Bayes.Layers.Benchmarks.Reports;

/// <summary>Formats numbers with three significant digits.</summary>
internal static class Readable
{
    /// <summary>Formats a duration in a suitable unit.</summary>
    public static string Duration(double seconds) => seconds switch
    {
        // A number that rounds to 1,000 of a unit is 1 of the next.
        >= 0.9995 => Digits(seconds) + " s",
        >= 0.9995e-3 => Digits(seconds * 1e3) + " ms",
        _ => Digits(seconds * 1e6) + " µs",
    };

    /// <summary>Formats a ratio.</summary>
    public static string Ratio(double ratio) => Digits(ratio) + " ×";

    /// <summary>Formats bytes in MiB.</summary>
    public static string Mebibytes(double bytes) => Digits(bytes / (1 << 20)) + " MiB";

    private static string Digits(double value)
    {
        // The digits before the point of the rounded value.
        int integers = value > 0 ? (int)Math.Floor(Math.Log10(value * 1.0005)) + 1 : 1;
        return value.ToString("N" + Math.Clamp(3 - integers, 0, 3), CultureInfo.InvariantCulture);
    }
}
