using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>
/// A column of numbers: one feature with mean 0 and standard deviation 1. If the numbers are few and many rows have each, they may be codes without
/// an order: each has a feature of its own, too.
/// </summary>
/// <param name="column">The name of the column.</param>
/// <param name="missingCount">In how many training rows it is missing.</param>
/// <param name="missing">What happens to rows in which it is missing.</param>
/// <param name="scale">The scale of the training rows.</param>
/// <param name="levels">The numbers with a feature of their own, in ascending order.</param>
internal sealed class NumberEncoding(
    string column, int missingCount, WhenMissing missing, NumberScale scale, IReadOnlyList<double> levels)
    : ColumnEncoding(column, missingCount, missing)
{
    // With fewer rows the features cost more than they tell.
    private const int RowsOfLevel = 40;

    // Two levels are the number itself.
    private const int FewestLevels = 3;

    /// <summary>Gets the scale of the training rows.</summary>
    public NumberScale Scale => scale;

    /// <inheritdoc/>
    public override ColumnKind Kind => ColumnKind.Number;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> ValueFeatures =>
        Scale.IsConstant ? [] : [Column, .. levels.Select(level => $"{Column} = {TextValues.Short(level)}")];

    /// <summary>Learns training rows.</summary>
    /// <exception cref="InvalidDataException">A value is not a number, or is infinite.</exception>
    public static ColumnEncoding Learn(ColumnValues column, TabularColumn description)
    {
        double[] values = column.AsNumbers();
        int infinite = Array.FindIndex(values, value => Math.Abs(value) > NumberScale.Greatest);
        if (infinite >= 0)
            throw new InvalidDataException(
                $"The column '{column.Name}' has {TextValues.Short(values[infinite])} in row {infinite} (from 0); expected a finite number of at "
                + $"most {TextValues.Short(NumberScale.Greatest)}.");
        var encoding = new NumberEncoding(
            column.Name, column.MissingCount, description.Missing, NumberScale.Measure(values)!, LevelsOf(values, description.MaxLevels));
        return encoding.Features.Count > 0 ? encoding
            : new LeftOutColumn(column.Name, column.MissingCount, ColumnKind.Number, $"it is always {TextValues.Short(encoding.Scale.Minimum)}");
    }

    /// <inheritdoc/>
    public override ColumnSummary Summarize() => new(Column, Kind, Features.Count, MissingCount)
    {
        Range = $"{TextValues.Short(Scale.Minimum)} to {TextValues.Short(Scale.Maximum)}",
    };

    /// <inheritdoc/>
    protected override List<int> EncodeValues(ColumnValues values, EncodedColumn to)
    {
        var missingRows = new List<int>();
        double[] numbers = values.AsNumbers();
        for (int row = 0; row < numbers.Length; row++)
        {
            double value = numbers[row];
            if (double.IsInfinity(value))
                to.Infinite++;
            if (!double.IsFinite(value))
            {
                missingRows.Add(row);
                continue;
            }
            if (Scale.IsOutside(value))
                to.OutOfRange++;
            if (Scale.IsConstant)
                continue;
            to[row, 0] = Scale.Apply(value);
            for (int level = 0; level < levels.Count; level++)
                if (levels[level] == value)
                    to[row, 1 + level] = 1;
        }
        return missingRows;
    }

    /// <inheritdoc/>
    protected override void Write(JsonObject json)
    {
        json["scale"] = Scale.ToJson();
        json["levels"] = new JsonArray([.. levels.Select(level => (JsonNode)level)]);
    }

    private static double[] LevelsOf(double[] values, int most)
    {
        var levels = new SortedSet<double>();
        int count = 0;
        foreach (double value in values)
            if (!double.IsNaN(value))
            {
                count++;
                if (levels.Add(value) && levels.Count > most)
                    return [];
            }
        return levels.Count >= FewestLevels && count >= RowsOfLevel * levels.Count ? [.. levels] : [];
    }
}
