using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>A column of truth values: one feature, false as 0 and true as 1, scaled to mean 0 and standard deviation 1.</summary>
/// <param name="column">The name of the column.</param>
/// <param name="missingCount">In how many training rows it is missing.</param>
/// <param name="missing">What happens to rows in which it is missing.</param>
/// <param name="scale">The scale of the training rows.</param>
internal sealed class BooleanEncoding(string column, int missingCount, WhenMissing missing, NumberScale scale)
    : ColumnEncoding(column, missingCount, missing)
{
    /// <summary>Gets the scale of the training rows.</summary>
    public NumberScale Scale => scale;

    /// <inheritdoc/>
    public override ColumnKind Kind => ColumnKind.Boolean;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> ValueFeatures => Scale.IsConstant ? [] : [Column];

    /// <summary>Learns training rows.</summary>
    /// <exception cref="InvalidDataException">A value is neither true nor false.</exception>
    public static ColumnEncoding Learn(ColumnValues column, WhenMissing missing)
    {
        var encoding = new BooleanEncoding(column.Name, column.MissingCount, missing, NumberScale.Measure(column.AsBooleans())!);
        return encoding.Features.Count > 0 ? encoding
            : new LeftOutColumn(
                column.Name, column.MissingCount, ColumnKind.Boolean, $"it is always {(encoding.Scale.Mean == 0 ? "false" : "true")}");
    }

    /// <inheritdoc/>
    public override ColumnSummary Summarize() => new(Column, Kind, Features.Count, MissingCount)
    {
        Range = Scale.IsConstant ? Scale.Mean == 0 ? "false" : "true" : $"true in {TextValues.Percent(Scale.Mean)}",
    };

    /// <inheritdoc/>
    protected override List<int> EncodeValues(ColumnValues values, EncodedColumn to)
    {
        var missingRows = new List<int>();
        double[] numbers = values.AsBooleans();
        for (int row = 0; row < numbers.Length; row++)
            if (double.IsNaN(numbers[row]))
                missingRows.Add(row);
            else if (!Scale.IsConstant)
                to[row, 0] = Scale.Apply(numbers[row]);
            else if (Scale.IsOutside(numbers[row]))
                to.OutOfRange++;
        return missingRows;
    }

    /// <inheritdoc/>
    protected override void Write(JsonObject json) => json["scale"] = Scale.ToJson();
}
