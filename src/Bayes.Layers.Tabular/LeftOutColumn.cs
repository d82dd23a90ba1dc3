using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>A column that has no features, because it says nothing.</summary>
/// <param name="column">The name of the column.</param>
/// <param name="missingCount">In how many training rows it is missing.</param>
/// <param name="kindOfValues">What the values are.</param>
/// <param name="reason">Why it says nothing, such as "it is missing in every row".</param>
internal sealed class LeftOutColumn(string column, int missingCount, ColumnKind kindOfValues, string reason)
    : ColumnEncoding(column, missingCount, WhenMissing.Fill)
{
    /// <summary>Gets why it says nothing.</summary>
    public string Reason => reason;

    /// <inheritdoc/>
    public override ColumnKind Kind => kindOfValues;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> ValueFeatures => [];

    /// <inheritdoc/>
    public override ColumnSummary Summarize() => new(Column, Kind, 0, MissingCount) { LeftOut = Reason };

    /// <inheritdoc/>
    protected override List<int> EncodeValues(ColumnValues values, EncodedColumn to) => [];

    /// <inheritdoc/>
    protected override void Write(JsonObject json) => json["reason"] = Reason;
}
