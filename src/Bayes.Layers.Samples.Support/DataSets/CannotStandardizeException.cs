namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>A column cannot be scaled to mean 0 and standard deviation 1.</summary>
/// <param name="columnName">The column.</param>
/// <param name="reason">The reason, which completes a sentence after "because".</param>
internal sealed class CannotStandardizeException(string columnName, string reason)
    : Exception($"The column {MessageText.Quote(columnName)} cannot be standardised, because {reason}.")
{
    /// <summary>The column.</summary>
    public string ColumnName { get; } = columnName;

    /// <summary>The reason, which completes a sentence after "because".</summary>
    public string Reason { get; } = reason;
}
