namespace Bayes.Layers.Service.Rows;

/// <summary>A row that was read: its values, or why it is refused.</summary>
/// <param name="Values">A value for each column; null if the row is refused.</param>
/// <param name="Error">One sentence; null if the row is fine.</param>
internal readonly record struct RowReading(object?[]? Values, string? Error)
{
    /// <summary>Returns a refused row.</summary>
    public static RowReading Refused(string error) => new(null, error);
}
