using System.Globalization;

namespace Bayes.Layers.Tabular;

/// <summary>Counts what was unusual in one column of rows that were encoded, in rows.</summary>
/// <param name="Column">The name of the column.</param>
/// <param name="Missing">How many values are missing, dates that cannot be read and infinite numbers among them.</param>
/// <param name="UnknownCategories">How many values are a category that no training row has.</param>
/// <param name="OutOfRange">How many numbers, or dates, are below or above all those of the training rows.</param>
/// <param name="Infinite">How many numbers are infinite; they count as missing.</param>
/// <param name="UnreadableDates">How many texts are not a date; they count as missing.</param>
/// <param name="Example">The first unknown category or unreadable date; null if there is none.</param>
public sealed record ColumnReport(
    string Column, int Missing, int UnknownCategories, int OutOfRange, int Infinite, int UnreadableDates, string? Example = null)
{
    /// <summary>Gets whether all counts are zero.</summary>
    public bool IsEmpty => Missing == 0 && UnknownCategories == 0 && OutOfRange == 0;

    /// <inheritdoc/>
    public override string ToString()
    {
        (int Count, string What)[] all =
        [
            (Missing, "missing"), (UnknownCategories, "of an unknown category"), (OutOfRange, "out of the range of training"), (Infinite, "infinite"),
            (UnreadableDates, "not a date"),
        ];
        string counts = string.Join(
            ", ", all.Where(each => each.Count > 0).Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Count} {each.What}")));
        return $"{Column}: {(counts.Length > 0 ? counts : "nothing unusual")}{(Example is null ? "" : $" (first {TextValues.Quote(Example)})")}";
    }
}
