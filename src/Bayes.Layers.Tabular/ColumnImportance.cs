namespace Bayes.Layers.Tabular;

/// <summary>How much worse rows are predicted if the values of a column are exchanged among them.</summary>
/// <param name="Column">The name of the column.</param>
/// <param name="Drop">By how much the logarithm of the predicted density, or probability, of the target falls, in nats per row.</param>
/// <param name="StandardError">The standard error of the drop as an estimate for all rows like these.</param>
/// <param name="Lower">The lower end of an interval that holds the drop for all rows like these with a probability of 95 %.</param>
/// <param name="Upper">Its upper end.</param>
/// <param name="ErrorRise">By how much the root mean squared error rises, in the target's unit, or the share of wrong classes.</param>
public sealed record ColumnImportance(string Column, double Drop, double StandardError, double Lower, double Upper, double ErrorRise)
{
    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{Column}: {Drop:G3} ± {StandardError:G2} nats ({Lower:G3} to {Upper:G3}), error +{ErrorRise:G3}");
}
