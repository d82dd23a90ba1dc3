using System.Globalization;
using ScottPlot;

namespace Bayes.Layers.Reports.Figures;

/// <summary>Ticks at round numbers, with the same text on every machine.</summary>
internal static class NumberTicks
{
    /// <summary>Returns about as many ticks as wanted, whose distance is 1, 2, 2.5 or 5 times a power of ten.</summary>
    public static Tick[] Between(double low, double high, int wanted)
    {
        double step = RoundStep((high - low) / wanted);
        var ticks = new List<Tick>();
        double first = Math.Ceiling(low / step - 1e-9) + 0.0; // No negative zero.
        double last = Math.Floor(high / step + 1e-9);
        for (int count = 0; count <= 3 * wanted && first + count <= last; count++)
        {
            double value = (first + count) * step;
            ticks.Add(new Tick(value, Format(value, step), isMajor: true));
        }

        return [.. ticks];
    }

    private static double RoundStep(double rough)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double lead = rough / power;
        return lead switch
        {
            <= 1.0 => power,
            <= 2.0 => 2 * power,
            <= 2.5 => 2.5 * power,
            <= 5.0 => 5 * power,
            _ => 10 * power,
        };
    }

    private static string Format(double value, double step)
    {
        if (value == 0 && step is (< 1e-5 or >= 1e6))
            return "0";
        if (step is < 1e-5 or >= 1e6)
            return WithMinusSign(value.ToString("0.##e0", CultureInfo.InvariantCulture));
        int decimals = 0;
        for (double scaled = step; decimals < 8 && Math.Abs(scaled - Math.Round(scaled)) > 1e-6; scaled *= 10)
            decimals++;
        return WithMinusSign(Math.Round(value, decimals).ToString("F" + decimals, CultureInfo.InvariantCulture));
    }

    private static string WithMinusSign(string text) => text.Replace('-', '\u2212');
}
