namespace Bayes.Layers.Samples.Support.DataSets;

/// <summary>A column cannot be brought to mean 0 and standard deviation 1.</summary>
internal sealed class CannotStandardizeException : Exception
{
    /// <summary>Names the column and the reason, which completes a sentence after "because".</summary>
    public CannotStandardizeException(string columnName, string reason)
        : base($"The column {MessageText.Quote(columnName)} cannot be standardised, because {reason}.")
    {
        ColumnName = columnName;
        Reason = reason;
    }

    /// <summary>The column at fault.</summary>
    public string ColumnName { get; }

    /// <summary>What is wrong with it.</summary>
    public string Reason { get; }
}
