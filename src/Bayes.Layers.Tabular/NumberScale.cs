using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>Scales numbers to mean 0 and standard deviation 1 of the training rows, and knows their range.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Stddev">Their standard deviation (divisor N); 0 if they are all the same.</param>
/// <param name="Minimum">The least of them.</param>
/// <param name="Maximum">The greatest of them.</param>
internal sealed record NumberScale(double Mean, double Stddev, double Minimum, double Maximum)
{
    /// <summary>How far beyond the range of the training rows a number is taken as it is, in multiples of the range's width.</summary>
    public const double WidthsBeyond = 2;

    /// <summary>The greatest magnitude whose squares a table can sum.</summary>
    public const double Greatest = 1e140;

    /// <summary>Gets whether the numbers do not differ.</summary>
    public bool IsConstant => Stddev == 0;

    /// <summary>Measures numbers in one pass (Welford 1962); NaN is left out.</summary>
    /// <returns>Null if there is no number.</returns>
    public static NumberScale? Measure(ReadOnlySpan<double> values)
    {
        double mean = 0, squares = 0, minimum = double.PositiveInfinity, maximum = double.NegativeInfinity;
        long count = 0;
        foreach (double value in values)
        {
            if (double.IsNaN(value))
                continue;
            double difference = value - mean;
            mean += difference / ++count;
            squares += difference * (value - mean);
            (minimum, maximum) = (Math.Min(minimum, value), Math.Max(maximum, value));
        }
        return count == 0 ? null : new NumberScale(mean, minimum == maximum ? 0 : Math.Sqrt(squares / count), minimum, maximum);
    }

    /// <summary>Returns a scaled number. One that is far out of the range of the training rows is moved to what is taken as it is.</summary>
    public float Apply(double value)
    {
        double beyond = WidthsBeyond * (Maximum - Minimum);
        return (float)((Math.Clamp(value, Minimum - beyond, Maximum + beyond) - Mean) / Stddev);
    }

    /// <summary>Determines whether a number is out of the range of the training rows.</summary>
    public bool IsOutside(double value) => value < Minimum || value > Maximum;

    /// <summary>Writes the scale.</summary>
    public JsonObject ToJson() => new() { ["mean"] = Mean, ["stddev"] = Stddev, ["minimum"] = Minimum, ["maximum"] = Maximum };

    /// <summary>Reads a scale.</summary>
    public static NumberScale FromJson(JsonNode json) => new(
        json.Number("mean"), json.Number("stddev"), json.Number("minimum"), json.Number("maximum"));
}
