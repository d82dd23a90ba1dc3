using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>The target of regression: networks learn it with mean 0 and standard deviation 1 of the training rows.</summary>
/// <param name="Column">The name of the column.</param>
/// <param name="Mean">The mean of the training rows, in the target's unit.</param>
/// <param name="Stddev">Their standard deviation (divisor N), in the target's unit.</param>
internal sealed record TargetScale(string Column, double Mean, double Stddev)
{
    /// <summary>What messages call the column.</summary>
    public const string Role = "the target";

    /// <summary>Learns training rows.</summary>
    /// <exception cref="InvalidDataException">A value is missing, infinite or no number, or all are the same.</exception>
    public static TargetScale Learn(Table training, string column)
    {
        double[] values = TableNumbers.Read(training, column, Role, NumberRule.Finite);
        var scale = NumberScale.Measure(values)
            ?? throw new InvalidDataException($"The table has 0 rows to train on; expected at least 2.");
        return !scale.IsConstant ? new TargetScale(column, scale.Mean, scale.Stddev) : throw new InvalidDataException(
            $"The column '{column}', {Role}, is {TextValues.Short(scale.Minimum)} in every row; expected numbers that differ.");
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static TargetScale FromJson(JsonNode json) =>
        json.Number("stddev") is > 0 and var stddev ? new(json.Text("column"), json.Number("mean"), stddev)
        : throw new InvalidDataException($"The standard deviation of the target is {json.Number("stddev")}; expected a number above 0.");

    /// <summary>Returns the target of rows, in its unit.</summary>
    /// <exception cref="InvalidDataException">There is no such column, or a value is missing, infinite or no number.</exception>
    public double[] Read(Table rows) => TableNumbers.Read(rows, Column, Role, NumberRule.Finite);

    /// <summary>Returns a value on the scale of networks.</summary>
    public double Scale(double value) => (value - Mean) / Stddev;

    /// <summary>Returns a value in the target's unit.</summary>
    public double Unscale(double scaled) => Mean + Stddev * scaled;

    /// <summary>Writes the scale, every number in full.</summary>
    public JsonObject ToJson() => new() { ["column"] = Column, ["mean"] = Mean, ["stddev"] = Stddev };
}
