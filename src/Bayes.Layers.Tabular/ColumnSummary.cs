namespace Bayes.Layers.Tabular;

/// <summary>Says what was done to one column of features.</summary>
/// <param name="Column">The name of the column.</param>
/// <param name="Kind">What its values are.</param>
/// <param name="Features">The number of features that it became.</param>
/// <param name="Missing">In how many training rows it is missing.</param>
public sealed record ColumnSummary(string Column, ColumnKind Kind, int Features, int Missing)
{
    /// <summary>Gets the range of the training rows, such as "0 to 12.5"; null for categories.</summary>
    public string? Range { get; init; }

    /// <summary>Gets how many categories have a feature of their own.</summary>
    public int Categories { get; init; }

    /// <summary>Gets how many rare categories share a feature.</summary>
    public int Merged { get; init; }

    /// <summary>Gets why the column has no features, such as "it is always 3"; null if it has some.</summary>
    public string? LeftOut { get; init; }

    /// <summary>Gets the range, the categories or why the column is left out, in words.</summary>
    public string Values => LeftOut is not null ? $"left out: {LeftOut}" : Range
        ?? TextValues.Count(Categories, "category", "categories") + (Merged == 0 ? "" : $", {Merged} rare ones as one");

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Column}: {Kind}, {TextValues.Count(Features, "feature")}, {TextValues.Count(Missing, "missing value")}, {Values}";
}
