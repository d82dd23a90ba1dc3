using System.Globalization;

namespace Bayes.Layers.Tabular;

/// <summary>Dates as days since 1970, exact to a microsecond.</summary>
internal static class Days
{
    private static readonly DateTime Origin = DateTime.UnixEpoch;

    // The last day that a date and time can have.
    private static readonly double Last = Of(DateTime.MaxValue.Date);

    /// <summary>Returns the days since the start of 1970 of what the clock showed.</summary>
    public static double Of(DateTime date) => (date.Ticks - Origin.Ticks) / (double)TimeSpan.TicksPerDay;

    /// <summary>Returns a number of days as a date, to the microsecond.</summary>
    public static DateTime ToDate(double days)
    {
        double whole = Math.Floor(days);
        if (whole >= Last)
            return DateTime.MaxValue.Date;
        long microseconds = (long)Math.Round((days - whole) * TimeSpan.TicksPerDay / TimeSpan.TicksPerMicrosecond);
        return Origin.AddDays(whole).AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>Returns a date as ISO text, with the time of day if it is not midnight.</summary>
    public static string Text(double days)
    {
        var date = ToDate(days);
        return date.ToString(date.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-ddTHH:mm:ss.FFFFFF", CultureInfo.InvariantCulture);
    }
}
