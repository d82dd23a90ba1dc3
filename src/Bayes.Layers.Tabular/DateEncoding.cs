using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>
/// A column of dates, taken apart: elapsed days scaled to mean 0 and standard deviation 1, and for month, weekday and, if any training row has a
/// time of day, hour the sine and cosine of its angle, so that December is beside January.
/// </summary>
/// <param name="column">The name of the column.</param>
/// <param name="missingCount">In how many training rows it is missing.</param>
/// <param name="missing">What happens to rows in which it is missing.</param>
/// <param name="scale">The scale of the training rows, in days since 1970.</param>
/// <param name="parts">The parts that differ in the training rows.</param>
internal sealed class DateEncoding(string column, int missingCount, WhenMissing missing, NumberScale scale, IReadOnlyList<DatePart> parts)
    : ColumnEncoding(column, missingCount, missing)
{
    /// <summary>Gets the scale of the training rows, in days since 1970.</summary>
    public NumberScale Scale => scale;

    /// <summary>Gets the parts that differ in the training rows.</summary>
    public IReadOnlyList<DatePart> Parts => parts;

    /// <inheritdoc/>
    public override ColumnKind Kind => ColumnKind.Date;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> ValueFeatures => field ??= Scale.IsConstant ? []
        : [$"{Column}: elapsed", .. Parts.Select(part => $"{part}".ToLowerInvariant())
            .SelectMany(part => new[] { $"{Column}: {part}, sine", $"{Column}: {part}, cosine" })];

    /// <summary>Learns training rows.</summary>
    /// <exception cref="InvalidDataException">A value is not a date.</exception>
    public static ColumnEncoding Learn(ColumnValues column, WhenMissing missing)
    {
        double[] days = column.AsDates();
        double[] known = [.. days.Where(day => !double.IsNaN(day))];
        var encoding = new DateEncoding(
            column.Name, column.MissingCount, missing, NumberScale.Measure(days)!,
            [.. Enum.GetValues<DatePart>().Where(part => known.Select(day => Turn(day, part)).Distinct().Skip(1).Any())]);
        return encoding.Features.Count > 0 ? encoding
            : new LeftOutColumn(column.Name, column.MissingCount, ColumnKind.Date, $"it is always {Days.Text(encoding.Scale.Minimum)}");
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static DateEncoding FromJson(JsonNode json, string column, int missingCount, WhenMissing missing) => new(
        column, missingCount, missing, NumberScale.FromJson(json.Member("scale")),
        [.. json.Texts("parts").Select(part => Enum.TryParse(part, out DatePart read) ? read
            : throw new InvalidDataException($"The description of the column '{column}' has the part {TextValues.Quote(part)}; expected a month, "
                + "weekday or hour."))]);

    /// <inheritdoc/>
    public override ColumnSummary Summarize() => new(Column, Kind, Features.Count, MissingCount)
    {
        Range = $"{Days.Text(Scale.Minimum)} to {Days.Text(Scale.Maximum)}",
    };

    /// <inheritdoc/>
    protected override List<int> EncodeValues(ColumnValues values, EncodedColumn to)
    {
        var missingRows = new List<int>();
        double[] days = values.AsDatesOrMissing(out int? unreadable);
        if (unreadable is { } first)
            to.Show(values.Text(first));
        for (int row = 0; row < days.Length; row++)
        {
            double day = days[row];
            if (double.IsNaN(day))
            {
                missingRows.Add(row);
                to.UnreadableDates += values.IsMissing(row) ? 0 : 1;
                continue;
            }
            if (Scale.IsOutside(day))
                to.OutOfRange++;
            if (Scale.IsConstant)
                continue;
            to[row, 0] = Scale.Apply(day);
            for (int index = 0; index < Parts.Count; index++)
            {
                var (sine, cosine) = Math.SinCos(2 * Math.PI * Turn(day, Parts[index]));
                (to[row, 1 + 2 * index], to[row, 2 + 2 * index]) = ((float)sine, (float)cosine);
            }
        }
        return missingRows;
    }

    /// <inheritdoc/>
    protected override void Write(JsonObject json) => (json["scale"], json["parts"]) = (Scale.ToJson(), Parts.Select(part => $"{part}").ToJson());

    /// <summary>Returns where a day is on the circle of a part, from 0 to 1.</summary>
    private static double Turn(double day, DatePart part) => part switch
    {
        DatePart.Month => (Days.ToDate(day).Month - 1) / 12.0,
        DatePart.Weekday => (int)Days.ToDate(day).DayOfWeek / 7.0,
        _ => day - Math.Floor(day),
    };
}
