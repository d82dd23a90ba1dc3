namespace Bayes.Layers.Tabular;

/// <summary>How strongly the networks may use a column, as they learned it.</summary>
/// <param name="Column">The name of the column.</param>
/// <param name="Scale">
/// The root mean square, over the features of the column and over the networks by their weight, of the scale that the prior of the first layer has
/// learned for each feature; 0 for a column without features. Compare columns by it, not tables.
/// </param>
public sealed record ColumnScale(string Column, double Scale)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Column}: {Scale:G3}");
}
