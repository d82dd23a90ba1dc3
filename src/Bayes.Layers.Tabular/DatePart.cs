namespace Bayes.Layers.Tabular;

/// <summary>A part of a date that comes again: a point on a circle.</summary>
internal enum DatePart
{
    /// <summary>The month of the year.</summary>
    Month,

    /// <summary>The day of the week.</summary>
    Weekday,

    /// <summary>The time of the day, in fractions too.</summary>
    Hour,
}
