using System.Text.Json.Nodes;

namespace Bayes.Layers.Tabular;

/// <summary>
/// Makes the intervals of a regression cover what they say on rows like those of the calibration: distributional conformal prediction
/// (Chernozhukov, Wüthrich &amp; Zhu 2021, "Distributional Conformal Prediction", §2). The score of a row is |F(y) − ½|, with the predicted
/// distribution function F.
/// </summary>
/// <param name="scores">The scores in ascending order.</param>
internal sealed class CalibrationScores(double[] scores)
{
    private const double Half = 0.5;

    /// <summary>Gets the number of rows of the calibration.</summary>
    public int Count => scores.Length;

    /// <summary>Predicts held-out rows, and compares.</summary>
    public static CalibrationScores Of(TabularRegression model, Table rows)
    {
        using var prediction = model.Predict(rows);
        return new CalibrationScores([.. prediction.CumulativeProbability(model.TargetOf(rows)).Select(below => Math.Abs(below - Half)).Order()]);
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static CalibrationScores FromJson(JsonNode json) => new([.. json.Items("scores").Select(score => score.GetValue<double>())]);

    /// <summary>Returns the levels of the quantiles that are the ends of an interval.</summary>
    /// <param name="mass">The probability that the interval is to have.</param>
    /// <exception cref="InvalidOperationException">There are too few rows for an interval of that mass.</exception>
    public (double Lower, double Upper) LevelsOf(double mass)
    {
        int rank = RankOf(mass);
        if (!Allows(mass))
            throw new InvalidOperationException(
                $"An interval of {mass} needs {(int)Math.Ceiling(mass / (1 - mass))} rows of calibration, and there are {scores.Length}; expected a "
                + $"smaller interval or a larger {nameof(TabularOptions.CalibrationShare)}.");
        // A level of 0 or 1 would have no end.
        double half = Math.Min(scores[rank - 1], Half - 1e-9);
        return (Half - half, Half + half);
    }

    /// <summary>Determines whether there are enough rows for an interval of a mass.</summary>
    public bool Allows(double mass) => RankOf(mass) <= scores.Length;

    /// <summary>Writes the scores, every number in full.</summary>
    public JsonObject ToJson() => new() { ["scores"] = new JsonArray([.. scores.Select(score => (JsonNode)score)]) };

    // With n rows, the k-th score covers at least k / (n + 1) of new rows.
    private int RankOf(double mass) => (int)Math.Ceiling(mass * (scores.Length + 1));
}
